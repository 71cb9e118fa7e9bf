import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'
import { receiverText } from './show.ts'
import { type ReceiverInFull, receiverNamed } from './told-receiver.ts'

interface Options extends ServerOptions {
  readonly because?: string
}

/** `pixmill receivers enable` and `disable`. */
export function addSwitches(receivers: Command): void {
  const enable = receivers
    .command('enable')
    .description('Send to a receiver again, beginning with what was held for it.')
    .argument('<receiver>', 'its id, or its address')
  const disable = receivers
    .command('disable')
    .description('Send nothing to a receiver until it is switched on again; what goes to it is held.')
    .argument('<receiver>', 'its id, or its address')
    .option('--because <text>', 'why, for whoever looks at it')
  for (const [what, command] of [
    ['enable', enable],
    ['disable', disable],
  ] as const) {
    addServerOptions(command).action((receiver: string, options: Options) =>
      carryOut(`receivers ${what}`, options, () => switchIt(receiver, what, options)),
    )
  }
}

async function switchIt(receiver: string, what: 'enable' | 'disable', options: Options): Promise<number> {
  const id = receiverNamed(receiver)
  const client = await connect(options)
  const told = (await client.callApi(
    'POST',
    `/-/api/receivers/${id}/${what}`,
    options.because === undefined ? {} : { body: { because: options.because } },
  )) as ReceiverInFull
  process.stdout.write(options.json ? `${JSON.stringify(told)}\n` : receiverText(told, Date.now()))
  return 0
}
