import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, cancelBatch, connectToBucket, getBatch, type ServerOptions } from '../server-client/index.ts'
import { batchJson } from './batch-json.ts'
import { watchBatch } from './watch-batch.ts'

interface Options extends ServerOptions {
  readonly watch?: true
}

/** `pixmill batch cancel`. */
export function addCancel(batch: Command): void {
  const command = batch
    .command('cancel')
    .description('Cancel a batch: nothing more is begun, what waits is cancelled, what runs goes on to its end.')
    .argument('<batch>', 'id of the batch')
    .option('--watch', 'watch it until it has ended; ends with 1 then, as nothing cancelled succeeded')
  addBucketOptions(command).action((batchId: string, options: Options) =>
    carryOut('batch cancel', options, () => cancel(batchId, options)),
  )
}

async function cancel(batchId: string, options: Options): Promise<number> {
  const bucket = await connectToBucket(options)
  await cancelBatch(bucket, batchId)
  if (options.watch) return watchBatch(bucket, batchId, options.json === true)
  const batch = await getBatch(bucket, batchId)
  process.stdout.write(options.json ? `${JSON.stringify(batchJson(batch))}\n` : `${batchId}: ${batch.state}\n`)
  return 0
}
