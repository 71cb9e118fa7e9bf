import { sql } from 'kysely'
import type { JobPage, JobQuery, JobState } from '../../jobs/index.ts'
import type { Ledger } from '../ledger.ts'
import { jobFromRow } from '../rows.ts'

/** One page of a bucket's jobs by time of creation. Jobs that come in meanwhile do not move the pages after it. */
export async function listJobs({ db }: Ledger, query: JobQuery): Promise<JobPage> {
  const direction = query.order === 'Asc' ? 'asc' : 'desc'
  let select = db
    .selectFrom('jobs')
    .leftJoin('queues', 'queues.id', 'jobs.queue_id')
    .selectAll('jobs')
    .select(sql<string>`coalesce(queues.state, 'Active')`.as('queue_state'))
    .where('jobs.bucket', '=', query.bucket)
    .orderBy('jobs.created_at', direction)
    .orderBy('jobs.id', direction)
    .limit(query.limit + 1)
  if (query.queueId !== null) select = select.where('jobs.queue_id', '=', query.queueId)
  if (query.inputObject !== null) select = select.where('jobs.input_object', '=', query.inputObject)
  if (query.workflowId !== null) select = select.where('jobs.workflow_id', '=', query.workflowId)
  if (query.batchId !== null) select = select.where('jobs.batch_id', '=', query.batchId)
  if (query.createdFrom !== null) select = select.where('jobs.created_at', '>=', query.createdFrom)
  if (query.createdTo !== null) select = select.where('jobs.created_at', '<=', query.createdTo)
  if (query.states.length > 0) {
    const stored = query.states.filter((state): state is JobState => state !== 'Pause' && state !== 'Submitted')
    select = select.where((eb) => {
      const paused = eb(sql`coalesce(queues.state, 'Active')`, '=', 'Paused')
      const submitted = eb('jobs.state', '=', 'Submitted')
      const any = []
      if (stored.length > 0) any.push(eb('jobs.state', 'in', stored))
      if (query.states.includes('Submitted')) any.push(eb.and([submitted, eb.not(paused)]))
      if (query.states.includes('Pause')) any.push(eb.and([submitted, paused]))
      return eb.or(any)
    })
  }
  if (query.after !== null) {
    const { createdAt, id } = query.after
    const beyond = query.order === 'Asc' ? '>' : '<'
    select = select.where((eb) => eb(eb.refTuple('jobs.created_at', 'jobs.id'), beyond, eb.tuple(createdAt, id)))
  }
  const rows = await select.execute()
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  return {
    jobs: page.map((row) => jobFromRow(row, row.queue_state === 'Paused')),
    next: rows.length > query.limit && last !== undefined ? { createdAt: last.created_at, id: last.id } : null,
  }
}
