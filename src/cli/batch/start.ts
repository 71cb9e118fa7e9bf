import { type Command, Option } from 'commander'
import type { BatchInput, BatchRequest, DocumentFormat, JobLevel, OutputPlace } from '../../wire/index.ts'
import { carryOut } from '../carry-out.ts'
import { readTypedTime } from '../read-time.ts'
import {
  addBucketOptions,
  type BucketClient,
  ClientFailure,
  connectToBucket,
  findQueueId,
  findTemplateId,
  findWorkflow,
  type ServerOptions,
  startBatch,
  UsageFailure,
} from '../server-client/index.ts'
import { shownTime } from '../terminal/index.ts'
import { batchJson } from './batch-json.ts'
import { watchBatch } from './watch-batch.ts'

interface Options extends ServerOptions {
  readonly prefix?: string
  readonly object?: string
  readonly urlFile?: string
  readonly manifest?: string
  readonly rule?: string
  readonly picInfo?: true
  readonly template?: string
  readonly workflow?: readonly string[]
  readonly output?: string
  readonly outputBucket?: string
  readonly queue?: string
  readonly level?: '0' | '1' | '2'
  readonly userData?: string
  readonly callback?: string
  readonly callbackFormat?: DocumentFormat
  readonly from?: number
  readonly until?: number
  readonly name?: string
  readonly watch?: true
}

/** `pixmill batch start`. */
export function addStart(batch: Command): void {
  const command = batch
    .command('start')
    .description('Apply a rule, a template or workflows to many objects that are there already.')
    .optionsGroup('Which objects (one of these):')
    .option('--prefix <prefix>', 'all whose key begins so; / is the whole bucket')
    .option('--object <key>', 'one object')
    .option('--url-file <key>', 'those in a list: an object with an address or a key in each line')
    .option('--manifest <key>', 'those in an inventory: the object manifest.json')
    .option('--from <time>', 'of these only what was written then or later, such as 2026-03-01', readTypedTime)
    .option('--until <time>', 'of these only what was written then or earlier', readTypedTime)
    .optionsGroup('What is done (one of these):')
    .option('--rule <rule>', 'a rule such as imageMogr2/thumbnail/640x')
    .option('--template <template>', 'id or name of a template')
    .option('--workflow <workflow...>', 'ids or names of workflows; each object starts a run of each')
    .optionsGroup('With a rule or a template:')
    .option('--output <key>', 'where the results go, with placeholders such as ${InputName} and ${Ext}')
    .option('--output-bucket <name>', 'the bucket they go to (default: that of the objects)')
    .option('--pic-info', 'with --rule: report on the sources')
    .option('--queue <queue>', 'id or name of a queue (default: the image queue of the bucket)')
    .addOption(new Option('--level <level>', 'jobs of a higher level go first').choices(['0', '1', '2']))
    .option('--user-data <text>', 'what the callbacks of the jobs say back')
    .option('--callback <url>', 'who is told when a job has ended; no for nobody (default: whom the queue says)')
    .addOption(new Option('--callback-format <format>', 'of those callbacks').choices(['XML', 'JSON']))
    .optionsGroup('Options:')
    .option('--name <name>', 'what the batch is called (default: batch and the time)')
    .option('--watch', 'watch it until it has ended, as "batch watch" does')
    .addHelpText('after', EXAMPLES)
  addBucketOptions(command).action((options: Options) => carryOut('batch start', options, () => start(options)))
}

const EXAMPLES = `
Examples:
  pixmill batch start --prefix raw/ --rule imageMogr2/thumbnail/640x --output 'small/\${InputName}.\${Ext}' --watch
  pixmill batch start --prefix / --workflow thumbs --from 2026-03-01`

async function start(options: Options): Promise<number> {
  const input = inputOf(options)
  refuseOddMixes(options)
  const bucket = await connectToBucket(options)
  const batch = await startBatch(bucket, await requestOf(bucket, input, options))
  if (options.watch) return watchBatch(bucket, batch.batchId, options.json === true)
  process.stdout.write(options.json ? `${JSON.stringify(batchJson(batch))}\n` : `${batch.batchId}\n`)
  return 0
}

function inputOf({ prefix, object, urlFile, manifest }: Options): BatchInput {
  const values = { Prefix: prefix, Object: object, UrlFile: urlFile, Manifest: manifest }
  const given = Object.entries(values).filter(([, value]) => value !== undefined)
  if (given.length !== 1) {
    throw new UsageFailure(`${given.length} of --prefix, --object, --url-file and --manifest are given, expected one.`)
  }
  const [kind, value] = given[0] as [BatchInput['kind'], string]
  if (value !== '') return { kind, value }
  throw new UsageFailure(
    kind === 'Prefix' ? '--prefix is empty, expected / for the whole bucket.' : 'The key is empty.',
  )
}

const FOR_JOBS = ['output', 'outputBucket', 'queue', 'level', 'userData', 'callback', 'callbackFormat'] as const

function refuseOddMixes(options: Options): void {
  const { rule, template, workflow, output, picInfo, from, until } = options
  const works = [rule, template, workflow].filter((one) => one !== undefined)
  if (works.length !== 1) {
    throw new UsageFailure(`${works.length} of --rule, --template and --workflow are given, expected one.`)
  }
  if (picInfo && rule === undefined) throw new UsageFailure('--pic-info is given without --rule.')
  if (from !== undefined && until !== undefined && from > until) throw new UsageFailure('--from is later than --until.')
  if (workflow === undefined) {
    if (output === undefined) throw new UsageFailure('--output is missing: where shall the results go?')
    return
  }
  const odd = FOR_JOBS.find((name) => options[name] !== undefined)
  if (odd !== undefined) throw new UsageFailure(`--${kebab(odd)} is given with --workflow, which says that for itself.`)
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

async function requestOf(bucket: BucketClient, input: BatchInput, options: Options): Promise<BatchRequest> {
  const common = {
    name: options.name ?? `batch-${shownTime(Date.now()).replace(/\D/g, '')}`,
    input,
    timeInterval: { startMs: options.from ?? null, endMs: options.until ?? null },
  }
  if (options.workflow !== undefined) {
    const workflowIds: string[] = []
    for (const name of options.workflow) workflowIds.push((await findWorkflow(bucket, name)).workflowId)
    return { ...common, type: 'Workflow', workflowIds, job: null }
  }
  const { rule, template, queue, callback, userData = null, callbackFormat = null } = options
  return {
    ...common,
    type: 'Job',
    workflowIds: [],
    job: {
      templateId: template === undefined ? null : await findTemplateId(bucket, template),
      inline: rule === undefined ? null : { isPicInfo: options.picInfo === true, processRule: rule },
      output: { ...(await outputPlace(bucket, options.outputBucket)), object: options.output! },
      queueId: queue === undefined ? null : await findQueueId(bucket, queue),
      level: Number(options.level ?? '0') as JobLevel,
      userData,
      callback:
        callback === undefined
          ? { to: 'queue' }
          : callback.toLowerCase() === 'no'
            ? { to: 'nobody' }
            : { to: 'url', url: callback },
      callbackFormat,
    },
  }
}

async function outputPlace(bucket: BucketClient, named: string | undefined): Promise<Omit<OutputPlace, 'object'>> {
  if (named === undefined) return { bucket: bucket.bucket, region: bucket.region }
  const place = (await bucket.server.buckets()).find((one) => one.bucket === named)
  if (place !== undefined) return place
  throw new ClientFailure('BucketNotFound', `There is no bucket ${JSON.stringify(named)} at ${bucket.server.url}.`)
}
