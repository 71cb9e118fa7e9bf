import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'
import { type ReceiverInFull, receiverNamed, standingOf } from './told-receiver.ts'

/** `pixmill receivers show`. */
export function addShow(receivers: Command): void {
  const command = receivers
    .command('show')
    .description('Show a receiver: how it answers, and what waits for it.')
    .argument('<receiver>', 'its id, or its address')
  addServerOptions(command).action((receiver: string, options: ServerOptions) =>
    carryOut('receivers show', options, () => show(receiver, options)),
  )
}

async function show(receiver: string, options: ServerOptions): Promise<number> {
  const id = receiverNamed(receiver)
  const client = await connect(options)
  const told = (await client.callApi('GET', `/-/api/receivers/${id}`)) as ReceiverInFull
  process.stdout.write(options.json ? `${JSON.stringify(told)}\n` : receiverText(told, Date.now()))
  return 0
}

/** For people. */
export function receiverText(told: ReceiverInFull, nowMs: number): string {
  const at = (time: string | null): string => (time === null ? 'never' : shownTime(Date.parse(time)))
  const standing = standingOf(told, nowMs)
  const because = told.offBecause ?? (standing === 'resting' ? told.restsBecause : null)
  return table([
    ['receiver', told.receiverId],
    ['address', printable(told.address)],
    ['is', because === null ? standing : printable(`${standing}: ${because}`)],
    ['last attempt', at(told.lastAttemptTime)],
    ['last success', at(told.lastSuccessTime)],
    ...(told.failingSince === null
      ? []
      : [
          ['failing since', at(told.failingSince)],
          ['failures', String(told.failures)],
          ['last error', printable(told.lastError ?? '')],
        ]),
    ...(standing === 'resting' ? [['rests until', at(told.restsUntil)]] : []),
    ['held for it', String(told.held)],
  ])
}
