import { type Command, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import {
  addBucketOptions,
  connectToBucket,
  findQueueId,
  findTemplateId,
  type ServerOptions,
  UsageFailure,
} from '../server-client/index.ts'
import type { ToldJob } from './told-job.ts'
import { watchJobs } from './watch-jobs.ts'

interface Options extends ServerOptions {
  readonly rule?: string
  readonly template?: string
  readonly output: string
  readonly outputBucket?: string
  readonly picInfo?: true
  readonly queue?: string
  readonly level?: '0' | '1' | '2'
  readonly userData?: string
  readonly callback?: string
  readonly callbackFormat?: 'XML' | 'JSON'
  readonly file?: string
  readonly watch?: true
}

/** `pixmill jobs submit`. */
export function addSubmit(jobs: Command): void {
  const command = jobs
    .command('submit')
    .description('Apply a rule or a template to an object. Says the id of the job.')
    .argument('<key>', 'the object to work on')
    .option('--rule <rule>', 'a rule such as imageMogr2/thumbnail/640x')
    .option('--template <template>', 'or: id or name of a template')
    .requiredOption('--output <key>', 'where the result goes, with placeholders such as ${InputName} and ${Ext}')
    .option('--output-bucket <name>', 'the bucket it goes to (default: that of the object)')
    .option('--pic-info', 'with --rule: report on the source')
    .option('--queue <queue>', 'id or name of a queue (default: the first one of the bucket)')
    .addOption(new Option('--level <level>', 'jobs of a higher level go first').choices(['0', '1', '2']))
    .option('--user-data <text>', 'what the callback says back')
    .option('--callback <url>', 'who is told when it has ended; no for nobody (default: whom the queue says)')
    .addOption(new Option('--callback-format <format>', 'of that callback').choices(['XML', 'JSON']))
    .option('--file <file>', 'upload this file as the object first')
    .option('--watch', 'wait until it has ended, as "jobs watch" does')
    .addHelpText(
      'after',
      `
Examples:
  pixmill jobs submit raw/cat.jpg --rule imageMogr2/thumbnail/640x --output 'small/\${InputName}.\${Ext}' --watch
  pixmill jobs submit raw/cat.jpg --file cat.jpg --template thumb --output small/cat.jpg`,
    )
  addBucketOptions(command).action((key: string, options: Options) =>
    carryOut('jobs submit', options, () => submit(key, options)),
  )
}

async function submit(input: string, options: Options): Promise<number> {
  const { rule, template, picInfo, outputBucket, queue, level, userData, callback, callbackFormat } = options
  if ((rule === undefined) === (template === undefined)) {
    throw new UsageFailure(
      `${rule === undefined ? 'Neither' : 'Both'} of --rule and --template are given, expected one.`,
    )
  }
  if (picInfo && rule === undefined) throw new UsageFailure('--pic-info is given without --rule.')
  const bucket = await connectToBucket(options)
  if (options.file !== undefined) await bucket.putFile(input, options.file)
  const body = {
    bucket: bucket.bucket,
    input,
    rule,
    template: template === undefined ? undefined : await findTemplateId(bucket, template),
    pictureInfo: picInfo,
    output: outputBucket === undefined ? options.output : { object: options.output, bucket: outputBucket },
    queue: queue === undefined ? undefined : await findQueueId(bucket, queue),
    level: level === undefined ? undefined : Number(level),
    userData,
    callback,
    callbackFormat,
  }
  const job = (await bucket.server.callApi('POST', '/-/api/jobs', { body })) as ToldJob
  if (options.watch) return watchJobs(bucket, [job.jobId], options.json === true)
  process.stdout.write(options.json ? `${JSON.stringify(job)}\n` : `${job.jobId}\n`)
  return 0
}
