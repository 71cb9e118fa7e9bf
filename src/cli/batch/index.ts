import type { Command } from 'commander'
import { addCancel } from './cancel.ts'
import { addList } from './list.ts'
import { addShow } from './show.ts'
import { addStart } from './start.ts'
import { addWatch } from './watch.ts'

/** `pixmill batch …`. */
export function addBatch(program: Command): void {
  const batch = program.command('batch').description('Many jobs or runs over objects that are there already.')
  addStart(batch)
  addWatch(batch)
  addCancel(batch)
  addList(batch)
  addShow(batch)
}
