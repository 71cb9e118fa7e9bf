import { Failure } from '../../base/index.ts'
import { said, type WorkflowTopology } from '../../wire/index.ts'
import { startNodeOf } from '../../workflows/index.ts'
import type { Ledger } from '../ledger.ts'

const NODES = 'MediaWorkflow.Topology.Nodes'

/**
 * Refuses a topology that names a queue, a template or a bucket that does not exist.
 *
 * The queue for pictures is looked for only when it is named: programs that know the older field alone put a queue for
 * media jobs there, which no server of this kind has.
 */
export async function checkNamed(ledger: Ledger, bucket: string, topology: WorkflowTopology): Promise<void> {
  const { name, picProcessQueueId } = startNodeOf(topology)
  if (picProcessQueueId !== null && !(await isQueueOf(ledger, bucket, picProcessQueueId))) {
    refuse(`${NODES}.${name}.Input.PicProcessQueueId`, picProcessQueueId, `a queue of the bucket ${bucket}`)
  }
  const pictures = topology.nodes.filter((node) => node.type === 'PicProcess')
  const templates = await templatesAmong(
    ledger,
    bucket,
    pictures.flatMap(({ templateId }) => templateId ?? []),
  )
  const buckets = await bucketsAmong(
    ledger,
    pictures.map(({ output }) => output.bucket),
  )
  for (const { name: node, templateId, output } of pictures) {
    if (templateId !== null && !templates.has(templateId)) {
      refuse(`${NODES}.${node}.Operation.TemplateId`, templateId, `a template of the bucket ${bucket}`)
    }
    if (!buckets.has(output.bucket)) {
      refuse(`${NODES}.${node}.Operation.Output.Bucket`, output.bucket, 'a bucket of this server')
    }
  }
}

function refuse(field: string, value: string, expected: string): never {
  throw new Failure('InvalidArgument', `${field} is ${said(value)}, expected ${expected}.`)
}

async function isQueueOf({ db }: Ledger, bucket: string, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('queues')
    .select('id')
    .where('bucket', '=', bucket)
    .where('id', '=', id)
    .executeTakeFirst()
  return row !== undefined
}

async function templatesAmong({ db }: Ledger, bucket: string, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set()
  const rows = await db
    .selectFrom('templates')
    .select('id')
    .where('bucket', '=', bucket)
    .where('id', 'in', [...new Set(ids)])
    .execute()
  return new Set(rows.map(({ id }) => id))
}

async function bucketsAmong({ db }: Ledger, names: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectFrom('buckets')
    .select('name')
    .where('name', 'in', [...new Set(names)])
    .execute()
  return new Set(rows.map(({ name }) => name))
}
