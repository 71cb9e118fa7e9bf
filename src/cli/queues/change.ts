import { type Command, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import {
  addBucketOptions,
  connectToBucket,
  findQueueId,
  type ServerOptions,
  UsageFailure,
} from '../server-client/index.ts'
import { wholeNumber } from '../whole-number.ts'
import { queueText, type ToldQueue } from './told-queue.ts'

interface Options extends ServerOptions {
  readonly name?: string
  readonly maxSize?: number
  readonly maxConcurrent?: number
  readonly callback?: string
  readonly callbackFormat?: 'XML' | 'JSON'
}

/** `pixmill queues create`, `set`, `pause` and `resume`. */
export function addChanges(queues: Command): void {
  const create = withFields(queues.command('create').description('Make another queue in a bucket.')).argument(
    '<name>',
    'letters, digits, _, - and *, 128 at most',
  )
  addBucketOptions(create).action((name: string, options: Options) =>
    carryOut('queues create', options, async () => {
      const { server, bucket } = await connectToBucket(options)
      const body = { ...fieldsOf(options), bucket, name }
      return tell((await server.callApi('POST', '/-/api/queues', { body })) as ToldQueue, options)
    }),
  )
  const set = withFields(queues.command('set').description('Change a queue; what is not given stays as it is.'))
    .argument('<queue>', 'its id or name')
    .option('--name <name>', 'what it is called from now on')
  addBucketOptions(set).action((queue: string, options: Options) =>
    carryOut('queues set', options, () => change(queue, fieldsOf(options), options)),
  )
  const pause = queues.command('pause').description('Let nothing new of a queue begin; what runs goes on.')
  const resume = queues.command('resume').description('Let a queue go on.')
  for (const [what, command, state] of [
    ['pause', pause, 'Paused'],
    ['resume', resume, 'Active'],
  ] as const) {
    addBucketOptions(command.argument('<queue>', 'its id or name')).action((queue: string, options: Options) =>
      carryOut(`queues ${what}`, options, () => change(queue, { state }, options)),
    )
  }
}

function withFields(command: Command): Command {
  return command
    .option('--max-size <number>', 'how many jobs may wait', wholeNumber(1, 10_000_000))
    .option('--max-concurrent <number>', 'how many jobs may run at once', wholeNumber(1, 1_000_000))
    .option('--callback <url>', 'who is told of the end of its jobs that name nobody; no for nobody')
    .addOption(new Option('--callback-format <format>', 'of those callbacks').choices(['XML', 'JSON']))
}

function fieldsOf({ name, maxSize, maxConcurrent, callback, callbackFormat: format }: Options) {
  if (format !== undefined && (callback === undefined || callback === 'no')) {
    throw new UsageFailure('--callback-format is given without an address in --callback.')
  }
  return {
    name,
    maxSize,
    maxConcurrent,
    notify: callback === undefined ? undefined : callback === 'no' ? null : { url: callback, format },
  }
}

async function change(queue: string, fields: object, options: Options): Promise<number> {
  if (Object.values(fields).every((value) => value === undefined)) {
    throw new UsageFailure('Nothing is given that the queue shall be: see --help.')
  }
  const bucket = await connectToBucket(options)
  const path = `/-/api/queues/${await findQueueId(bucket, queue)}`
  const parameters = [['bucket', bucket.bucket]] as const
  return tell((await bucket.server.callApi('PATCH', path, { parameters, body: fields })) as ToldQueue, options)
}

function tell(queue: ToldQueue, { json }: ServerOptions): number {
  process.stdout.write(json ? `${JSON.stringify(queue)}\n` : queueText(queue))
  return 0
}
