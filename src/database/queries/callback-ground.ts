import { Failure } from '../../base/index.ts'
import type { CallbackGround, SecretOwner } from '../../callbacks/index.ts'
import type { NotifyConfig, WorkflowNotify, WorkflowTopology } from '../../wire/index.ts'
import { startNodeOf } from '../../workflows/index.ts'
import type { Ledger } from '../ledger.ts'
import { notifyOf } from './notify-of.ts'

/** See `SigningStore.findGround`. */
export async function callbackGround(
  ledger: Ledger,
  owner: Exclude<SecretOwner, { kind: 'server' }>,
): Promise<CallbackGround> {
  return owner.kind === 'queue' ? groundOfQueue(ledger, owner.id) : groundOfWorkflow(ledger, owner.id)
}

async function groundOfQueue(ledger: Ledger, id: string): Promise<CallbackGround> {
  const row = await ledger.db.selectFrom('queues').select('id').where('id', '=', id).executeTakeFirst()
  if (row === undefined) throw new Failure('QueueNotFound', `There is no queue ${id}.`)
  const { queue, callbacks } = await notifyOf(ledger, id)
  return { queueId: id, workflowId: null, profile: callbacks.profile, to: addressOf(queue, true) }
}

async function groundOfWorkflow(ledger: Ledger, id: string): Promise<CallbackGround> {
  const row = await ledger.db
    .selectFrom('workflows')
    .select(['bucket', 'topology_json'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (row === undefined) throw new Failure('WorkflowNotFound', `There is no workflow ${id}.`)
  const start = startNodeOf(JSON.parse(row.topology_json) as WorkflowTopology)
  const queues = await ledger.db
    .selectFrom('queues')
    .select('id')
    .where('bucket', '=', row.bucket)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  // As a run finds it: see `groundOfRun`.
  const found =
    queues.find((queue) => queue.id === start.picProcessQueueId) ??
    queues.find((queue) => queue.id === start.queueId) ??
    queues[0]
  const { queueId, queue, callbacks } = await notifyOf(ledger, found?.id ?? null)
  const to = start.notify === null ? addressOf(queue, true) : addressOf(start.notify, false)
  return { queueId, workflowId: id, profile: callbacks.profile, to }
}

function addressOf({ url, resultFormat }: NotifyConfig | WorkflowNotify, byQueue: boolean): CallbackGround['to'] {
  const address = url?.trim() ?? ''
  return address === '' ? null : { url: address, format: resultFormat ?? 'XML', byQueue }
}
