import type { RunPage, RunQuery } from '../../workflows/index.ts'
import type { Ledger } from '../ledger.ts'
import { runFromRow } from '../rows.ts'

/** One page of a workflow's runs by time of creation. Runs that start meanwhile do not move the pages after it. */
export async function listRuns({ db }: Ledger, query: RunQuery): Promise<RunPage> {
  const { name, batchId, states, createdFrom, createdTo, after } = query
  const direction = query.order === 'Asc' ? 'asc' : 'desc'
  let select = db
    .selectFrom('runs')
    .selectAll()
    .where('workflow_id', '=', query.workflowId)
    .where('bucket', '=', query.bucket)
    .orderBy('created_at', direction)
    .orderBy('id', direction)
    .limit(query.limit + 1)
  if (name !== null) select = select.where((eb) => eb.or([eb('object', '=', name), eb('object_name', '=', name)]))
  if (batchId !== null) select = select.where('batch_id', '=', batchId)
  if (states.length > 0) select = select.where('state', 'in', [...states])
  if (createdFrom !== null) select = select.where('created_at', '>=', createdFrom)
  if (createdTo !== null) select = select.where('created_at', '<=', createdTo)
  if (after !== null) {
    const beyond = query.order === 'Asc' ? '>' : '<'
    select = select.where((eb) => eb(eb.refTuple('created_at', 'id'), beyond, eb.tuple(after.createdAt, after.id)))
  }
  const rows = await select.execute()
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  return {
    runs: page.map(runFromRow),
    next: rows.length > query.limit && last !== undefined ? { createdAt: last.created_at, id: last.id } : null,
  }
}
