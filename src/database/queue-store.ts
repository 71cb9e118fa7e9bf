import { sql } from 'kysely'
import { Failure } from '../base/index.ts'
import type { QueueStore } from '../jobs/index.ts'
import type { Ledger } from './ledger.ts'
import { advanceRuns } from './queries/advance-run.ts'
import { SERVICE_CLOSED } from './queries/cancel-where-closed.ts'
import { createQueue } from './queries/create-queue.ts'
import { dropSecrets } from './queries/drop-secrets.ts'
import { waitToClose } from './queries/keep-open.ts'
import { openService } from './queries/open-service.ts'
import { queueFromRow } from './rows.ts'
import type { WhatFollows } from './what-follows.ts'

export function sqlQueueStore(ledger: Ledger, whatFollows: WhatFollows): QueueStore {
  const { db, now } = ledger
  return {
    openService: (bucket, defaults, options) => openService(ledger, bucket, defaults, options),

    async closeService(bucket) {
      // Before the delete and not with it: what was submitted while we waited has to be seen, to be cancelled.
      if (ledger.concurrent) await db.selectFrom('queues').select(waitToClose).where('bucket', '=', bucket).execute()
      const queues = await db.deleteFrom('queues').where('bucket', '=', bucket).returning('id').execute()
      if (queues.length === 0) {
        throw new Failure('ServiceNotOpen', `The image service is not open for the bucket ${bucket}.`)
      }
      await dropSecrets(
        ledger,
        queues.map(({ id }) => ({ kind: 'queue', id })),
      )
      const cancelled = await db
        .updateTable('jobs')
        .set({ state: 'Cancel', ended_at: now(), message: SERVICE_CLOSED })
        .where('state', '=', sql.lit('Submitted'))
        .where(
          'queue_id',
          'in',
          queues.map((queue) => queue.id),
        )
        .returning('run_id')
        .execute()
      ledger.wake('ended')
      await advanceRuns(
        ledger,
        whatFollows,
        cancelled.map((job) => job.run_id),
      )
    },

    async listOpened({ names, prefix, regions, offset, limit }) {
      if (names?.length === 0) return { items: [], total: 0 }
      let opened = db
        .selectFrom('queues')
        .innerJoin('buckets', 'buckets.name', 'queues.bucket')
        .select((eb) => ['buckets.name', 'buckets.region', eb.fn.min('queues.created_at').as('opened_at')])
        .groupBy(['buckets.name', 'buckets.region'])
      if (names !== null) opened = opened.where('buckets.name', 'in', [...names])
      if (regions !== null) opened = opened.where('buckets.region', 'in', [...regions])
      if (prefix !== null) {
        opened = opened.where((eb) =>
          eb(eb.fn('substr', ['buckets.name', eb.lit(1), eb.val([...prefix].length)]), '=', prefix),
        )
      }
      const { total } = await db
        .selectFrom(opened.as('opened'))
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      const rows = await opened.orderBy('opened_at').orderBy('buckets.name').limit(limit).offset(offset).execute()
      return {
        items: rows.map((row) => ({ bucket: row.name, region: row.region, openedAt: row.opened_at })),
        total,
      }
    },

    async findQueues(bucket, ids) {
      if (ids.length === 0) return []
      const rows = await db
        .selectFrom('queues')
        .selectAll()
        .where('bucket', '=', bucket)
        .where('id', 'in', [...new Set(ids)])
        .orderBy('created_at')
        .execute()
      return rows.map(queueFromRow)
    },

    async listQueues({ bucket, state, offset, limit }) {
      let queues = db.selectFrom('queues').where('bucket', '=', bucket)
      if (state !== null) queues = queues.where('state', '=', state)
      const { total } = await queues.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
      const rows = await queues.selectAll().orderBy('created_at').orderBy('id').limit(limit).offset(offset).execute()
      return { items: rows.map(queueFromRow), total }
    },

    createQueue: (bucket, queue, defaults) => createQueue(ledger, bucket, queue, defaults),

    async updateQueue(bucket, id, change) {
      const row = await db
        .updateTable('queues')
        .set({
          updated_at: now(),
          ...(change.name === undefined ? {} : { name: change.name }),
          ...(change.state === undefined ? {} : { state: change.state }),
          ...(change.maxSize === undefined ? {} : { max_size: change.maxSize }),
          ...(change.maxConcurrent === undefined ? {} : { max_concurrent: change.maxConcurrent }),
          ...(change.notify === undefined ? {} : { notify_json: JSON.stringify(change.notify) }),
          ...(change.callbacks === undefined ? {} : { callbacks_json: JSON.stringify(change.callbacks) }),
        })
        .where('bucket', '=', bucket)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      if (row === undefined) {
        throw new Failure('QueueNotFound', `There is no queue ${id} in the bucket ${bucket}.`)
      }
      // What was held back may begin now.
      if (change.state === 'Active' || change.maxConcurrent !== undefined) ledger.wake('jobs')
      if (change.callbacks !== undefined) ledger.wake('signing')
      return queueFromRow(row)
    },
  }
}
