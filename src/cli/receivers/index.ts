import type { Command } from 'commander'
import { addList } from './list.ts'
import { addShow } from './show.ts'
import { addSwitches } from './switch.ts'
import { addTest } from './test-receiver.ts'

/** `pixmill receivers …`. */
export function addReceivers(program: Command): void {
  const receivers = program.command('receivers').description('Who gets callbacks, and how they answer.')
  addList(receivers)
  addShow(receivers)
  addSwitches(receivers)
  addTest(receivers)
}
