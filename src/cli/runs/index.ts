import type { Command } from 'commander'
import { addList } from './list.ts'
import { addShow } from './show.ts'
import { addWatch } from './watch.ts'

export { watchRun } from './watch-run.ts'

/** `pixmill runs …`. */
export function addRuns(program: Command): void {
  const runs = program.command('runs').description('What workflows have done, and are doing.')
  addList(runs)
  addShow(runs)
  addWatch(runs)
}
