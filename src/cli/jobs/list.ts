import { type Command, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import { readTypedTime } from '../read-time.ts'
import { addBucketOptions, connectToBucket, findQueueId, listAll, type ServerOptions } from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'
import { wholeNumber } from '../whole-number.ts'
import type { ToldJob } from './told-job.ts'

interface Options extends ServerOptions {
  readonly state?: readonly string[]
  readonly queue?: string
  readonly input?: string
  readonly workflow?: string
  readonly batch?: string
  readonly since?: number
  readonly until?: number
  readonly limit: number
}

const STATES = ['Submitted', 'Running', 'Success', 'Failed', 'Pause', 'Cancel']

/** `pixmill jobs list`. */
export function addList(jobs: Command): void {
  const command = jobs
    .command('list')
    .description('List the jobs of a bucket, newest first.')
    .addOption(new Option('--state <state...>', 'only those in these states').choices(STATES))
    .option('--queue <queue>', 'only those of this queue: its id or name')
    .option('--input <key>', 'only those that work on this object')
    .option('--workflow <id>', 'only those that runs of this workflow started')
    .option('--batch <id>', 'only those that this batch made, or its runs')
    .option('--since <time>', 'only those submitted then or later, such as 2026-03-01', readTypedTime)
    .option('--until <time>', 'only those submitted then or earlier', readTypedTime)
    .option('--limit <number>', 'how many', wholeNumber(1, 100_000), 20)
  addBucketOptions(command).action((options: Options) => carryOut('jobs list', options, () => list(options)))
}

async function list(options: Options): Promise<number> {
  const bucket = await connectToBucket(options)
  const { state, queue, input, workflow, batch, since, until, limit } = options
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())
  const asked = {
    bucket: bucket.bucket,
    state: state?.join(','),
    queue: queue === undefined ? undefined : await findQueueId(bucket, queue),
    input,
    workflow,
    batch,
    from: time(since),
    until: time(until),
  }
  const jobs = await listAll<ToldJob>(bucket.server, '/-/api/jobs', 'jobs', asked, limit)
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ bucket: bucket.bucket, jobs })}\n`)
    return 0
  }
  const rows = jobs.map(({ jobId, state, createTime, input, code, message, result }) => [
    jobId,
    state,
    shownTime(Date.parse(createTime)),
    printable(input),
    printable(result?.object ?? (state === 'Failed' ? `${code}: ${message}` : '')),
  ])
  const header = ['ID', 'STATE', 'SUBMITTED', 'INPUT', 'OUTCOME']
  process.stdout.write(rows.length === 0 ? `No such jobs in ${bucket.bucket}.\n` : table([header, ...rows]))
  return 0
}
