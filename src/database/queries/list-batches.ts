import { sql } from 'kysely'
import type { BatchPage, BatchQuery } from '../../workflows/index.ts'
import { batchFromRow } from '../batch-rows.ts'
import type { Ledger } from '../ledger.ts'

/** One page of a bucket's batches by time of creation. */
export async function listBatches({ db }: Ledger, query: BatchQuery): Promise<BatchPage> {
  const direction = query.order === 'Asc' ? 'asc' : 'desc'
  let select = db
    .selectFrom('batches')
    .selectAll()
    .where('bucket', '=', query.bucket)
    .orderBy('created_at', direction)
    .orderBy('id', direction)
    .limit(query.limit + 1)
  if (query.type !== null) select = select.where('type', '=', query.type)
  if (query.states.length > 0) select = select.where('state', 'in', [...query.states])
  if (query.id !== null) select = select.where('id', '=', query.id)
  if (query.name !== null) select = select.where('name', '=', query.name)
  if (query.createdFrom !== null) select = select.where('created_at', '>=', query.createdFrom)
  if (query.createdTo !== null) select = select.where('created_at', '<=', query.createdTo)
  if (query.workflowId !== null) {
    // The list is JSON. Ids hold nothing that JSON or `like` would have to escape; what does is nobody's id.
    const isId = /^[0-9a-z]+$/.test(query.workflowId)
    select = select.where(sql<boolean>`workflow_ids_json like ${isId ? `%"${query.workflowId}"%` : ''}`)
  }
  if (query.after !== null) {
    const { createdAt, id } = query.after
    const beyond = query.order === 'Asc' ? '>' : '<'
    select = select.where((eb) => eb(eb.refTuple('created_at', 'id'), beyond, eb.tuple(createdAt, id)))
  }
  const rows = await select.execute()
  const page = rows.slice(0, query.limit)
  const last = page.at(-1)
  return {
    batches: page.map((row) => batchFromRow(row)),
    next: rows.length > query.limit && last !== undefined ? { createdAt: last.created_at, id: last.id } : null,
  }
}
