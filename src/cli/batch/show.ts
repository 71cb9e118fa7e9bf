import type { Command } from 'commander'
import type { ToldBatch } from '../../wire/index.ts'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, connectToBucket, getBatch, type ServerOptions } from '../server-client/index.ts'
import { printable } from '../terminal/index.ts'
import { batchJson } from './batch-json.ts'
import { failureLines, progressLine, reasonOf, workText } from './batch-lines.ts'
import { Estimate } from './estimate.ts'

/** `pixmill batch show`. */
export function addShow(batch: Command): void {
  const command = batch
    .command('show')
    .description('Show how far a batch is, and the first of what failed in it, with the reasons.')
    .argument('<batch>', 'id of the batch')
  addBucketOptions(command).action((batchId: string, options: ServerOptions) =>
    carryOut('batch show', options, () => show(batchId, options)),
  )
}

async function show(batchId: string, options: ServerOptions): Promise<number> {
  const batch = await getBatch(await connectToBucket(options), batchId)
  process.stdout.write(options.json ? `${JSON.stringify(batchJson(batch))}\n` : shown(batch))
  return 0
}

function shown(batch: ToldBatch): string {
  const why = reasonOf(batch)
  const lines = [progressLine(batch, new Estimate()), ...(why === '' ? [] : [printable(why)]), workText(batch)]
  return `${lines.join('\n')}\n${failureLines(batch, Number.POSITIVE_INFINITY)}`
}
