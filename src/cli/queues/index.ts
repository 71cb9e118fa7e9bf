import type { Command } from 'commander'
import { maskUrl } from '../../callbacks/index.ts'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, connectToBucket, findQueueId, type ServerOptions } from '../server-client/index.ts'
import { printable, table } from '../terminal/index.ts'
import { addChanges } from './change.ts'
import { queueText, type ToldQueue } from './told-queue.ts'

/** `pixmill queues …`. */
export function addQueues(program: Command): void {
  const queues = program.command('queues').description('Where jobs wait.')
  addBucketOptions(queues.command('list').description('List the queues of a bucket, oldest first.')).action(
    (options: ServerOptions) => carryOut('queues list', options, () => list(options)),
  )
  const show = queues.command('show').description('Show a queue.').argument('<queue>', 'its id or name')
  addBucketOptions(show).action((queue: string, options: ServerOptions) =>
    carryOut('queues show', options, async () => {
      const bucket = await connectToBucket(options)
      const path = `/-/api/queues/${await findQueueId(bucket, queue)}`
      const told = (await bucket.server.callApi('GET', path, { parameters: [['bucket', bucket.bucket]] })) as ToldQueue
      process.stdout.write(options.json ? `${JSON.stringify(told)}\n` : queueText(told))
      return 0
    }),
  )
  addChanges(queues)
}

async function list(options: ServerOptions): Promise<number> {
  const { server, bucket } = await connectToBucket(options)
  // A bucket has no more than fit on a page.
  const answer = await server.callApi('GET', '/-/api/queues', { parameters: [['bucket', bucket]] })
  const { queues } = answer as { queues: readonly ToldQueue[] }
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ bucket, queues })}\n`)
    return 0
  }
  const rows = queues.map(({ queueId, name, state, maxSize, maxConcurrent, notify }) => [
    queueId,
    printable(name),
    state,
    String(maxSize),
    String(maxConcurrent),
    notify === null ? '' : printable(maskUrl(notify.url)),
  ])
  const header = ['ID', 'NAME', 'STATE', 'MAY WAIT', 'MAY RUN', 'TELLS']
  process.stdout.write(
    rows.length === 0 ? `No queues in ${bucket} yet: its first job makes one.\n` : table([header, ...rows]),
  )
  return 0
}
