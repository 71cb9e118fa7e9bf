import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, connectToBucket, getRun, type ServerOptions } from '../server-client/index.ts'
import { runJson } from './run-json.ts'
import { runLines } from './run-lines.ts'

/** `pixmill runs show`: a run as a tree, as it is now. */
export function addShow(runs: Command): void {
  const command = runs
    .command('show')
    .description('Show a run as a tree of its nodes, each with its state and what came of it.')
    .argument('<run>', 'id of the run')
  addBucketOptions(command).action((run: string, options: ServerOptions) =>
    carryOut('runs show', options, () => show(run, options)),
  )
}

async function show(runId: string, options: ServerOptions): Promise<number> {
  const run = await getRun(await connectToBucket(options), runId)
  const text = options.json ? JSON.stringify(runJson(run)) : runLines(run, Date.now()).join('\n')
  process.stdout.write(`${text}\n`)
  return 0
}
