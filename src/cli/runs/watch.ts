import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addBucketOptions, connectToBucket, type ServerOptions } from '../server-client/index.ts'
import { watchRun } from './watch-run.ts'

/** `pixmill runs watch`: a run as a tree that moves, until it has ended. */
export function addWatch(runs: Command): void {
  const command = runs
    .command('watch')
    .description(
      'Watch a run until it has ended. Ends with 0 when all of it succeeded, else with 1. Without a terminal: a line for each change.',
    )
    .argument('<run>', 'id of the run')
    .addHelpText('after', '\nWith --json: a line for each change, each the whole run as "runs show --json" says it.')
  addBucketOptions(command).action((run: string, options: ServerOptions) =>
    carryOut('runs watch', options, async () => watchRun(await connectToBucket(options), run, options.json === true)),
  )
}
