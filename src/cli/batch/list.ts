import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, connectToBucket, listBatches, type ServerOptions } from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'
import { wholeNumber } from '../whole-number.ts'
import { batchJson } from './batch-json.ts'
import { counted } from './batch-lines.ts'

interface Options extends ServerOptions {
  readonly limit: number
}

/** `pixmill batch list`. */
export function addList(batch: Command): void {
  const command = batch
    .command('list')
    .description('List the batches of a bucket, newest first.')
    .option('--limit <number>', 'how many', wholeNumber(1, 10_000), 20)
  addBucketOptions(command).action((options: Options) => carryOut('batch list', options, () => list(options)))
}

async function list(options: Options): Promise<number> {
  const bucket = await connectToBucket(options)
  const batches = await listBatches(bucket, options.limit)
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ bucket: bucket.bucket, batches: batches.map(batchJson) })}\n`)
    return 0
  }
  const rows = batches.map(({ batchId, name, state, progress, counts, createTimeMs }) => [
    batchId,
    printable(name),
    state,
    `${progress} %`,
    counted(counts.ended),
    counted(counts.failed),
    shownTime(createTimeMs),
  ])
  const header = ['ID', 'NAME', 'STATE', 'PROGRESS', 'DONE', 'FAILED', 'STARTED']
  process.stdout.write(rows.length === 0 ? `No batches in ${bucket.bucket}.\n` : table([header, ...rows]))
  return 0
}
