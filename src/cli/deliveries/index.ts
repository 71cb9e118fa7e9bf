import type { Command } from 'commander'
import { addCancel } from './cancel.ts'
import { addList } from './list.ts'
import { addResend } from './resend.ts'
import { addShow } from './show.ts'

/** `pixmill deliveries …`. */
export function addDeliveries(program: Command): void {
  const deliveries = program.command('deliveries').description('Callbacks on their way, delivered and given up.')
  addList(deliveries)
  addShow(deliveries)
  addResend(deliveries)
  addCancel(deliveries)
}
