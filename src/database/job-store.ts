import { sql } from 'kysely'
import type { JobStore } from '../jobs/index.ts'
import type { Ledger } from './ledger.ts'
import { cancelJob } from './queries/cancel-job.ts'
import { cancelWhereClosed } from './queries/cancel-where-closed.ts'
import { claimJobs as claimJobsTogether } from './queries/claim-jobs.postgres.ts'
import { claimJobs } from './queries/claim-jobs.ts'
import { completeJob } from './queries/complete-job.ts'
import { listJobs } from './queries/list-jobs.ts'
import { rescueJobs } from './queries/rescue-jobs.ts'
import { returnJob } from './queries/return-job.ts'
import { submitJob } from './queries/submit-job.ts'
import { jobFromRow } from './rows.ts'
import type { WhatFollows } from './what-follows.ts'

export function sqlJobStore(ledger: Ledger, whatFollows: WhatFollows): JobStore {
  const { db } = ledger
  return {
    submitJob: (job, options, submission) => submitJob(ledger, job, options, submission),
    listJobs: (query) => listJobs(ledger, query),
    cancelJob: (bucket, id) => cancelJob(ledger, whatFollows, bucket, id),
    claimJobs: (limit) => (ledger.concurrent ? claimJobsTogether : claimJobs)(ledger, limit),
    completeJob: (id, leaseToken, outcome) => completeJob(ledger, whatFollows, id, leaseToken, outcome),
    returnJob: (id, leaseToken, reason) => returnJob(ledger, whatFollows, id, leaseToken, reason),
    rescueJobs: (maxUncleanEnds) => rescueJobs(ledger, whatFollows, maxUncleanEnds),

    async findJobs(bucket, ids) {
      if (ids.length === 0) return []
      const rows = await db
        .selectFrom('jobs')
        .leftJoin('queues', 'queues.id', 'jobs.queue_id')
        .selectAll('jobs')
        .select('queues.state as queue_state')
        .where('jobs.bucket', '=', bucket)
        .where('jobs.id', 'in', [...new Set(ids)])
        .execute()
      const byId = new Map(rows.map((row) => [row.id, jobFromRow(row, row.queue_state === 'Paused')]))
      return ids.flatMap((id) => byId.get(id) ?? [])
    },

    async findEnded(ids) {
      if (ids.length === 0) return []
      const rows = await db
        .selectFrom('jobs')
        .selectAll()
        .where('id', 'in', [...ids])
        .where('ended_at', 'is not', null)
        .execute()
      return rows.map((row) => jobFromRow(row, false))
    },

    async returnUnknown(known) {
      const worker = ledger.workerId()
      const rows = await db
        .updateTable('jobs')
        .set({ state: 'Submitted', lease_token: null, started_at: null })
        .where('state', '=', sql.lit('Running'))
        .where('worker_id', worker === null ? 'is' : '=', worker)
        .$if(known.length > 0, (jobs) => jobs.where('lease_token', 'not in', [...known]))
        .returning(['id', 'queue_id'])
        .execute()
      await cancelWhereClosed(ledger, whatFollows, rows)
      if (rows.length > 0) ledger.wake('jobs')
      return rows.length
    },

    async nextRetryAt() {
      const row = await db
        .selectFrom('jobs')
        .innerJoin('queues', 'queues.id', 'jobs.queue_id')
        .select(sql<number | null>`min(jobs.not_before)`.as('at'))
        .where('jobs.state', '=', sql.lit('Submitted'))
        .where('jobs.tries', '>', sql.lit(0))
        .where('queues.state', '=', 'Active')
        .executeTakeFirst()
      return row?.at ?? null
    },
  }
}
