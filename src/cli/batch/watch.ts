import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, connectToBucket, type ServerOptions } from '../server-client/index.ts'
import { watchBatch } from './watch-batch.ts'

/** `pixmill batch watch`. */
export function addWatch(batch: Command): void {
  const command = batch
    .command('watch')
    .description(
      'Watch a batch until it has ended: how far it is, and about how long it still takes. Ends with 0 when it succeeded and nothing in it failed, else with 1. Without a terminal: a line for each change, one in a second at most.',
    )
    .argument('<batch>', 'id of the batch')
    .addHelpText('after', '\nWith --json: a line for each change, each the batch as "batch show --json" says it.')
  addBucketOptions(command).action((batchId: string, options: ServerOptions) =>
    carryOut('batch watch', options, async () =>
      watchBatch(await connectToBucket(options), batchId, options.json === true),
    ),
  )
}
