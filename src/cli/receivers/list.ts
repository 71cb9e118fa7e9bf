import { type Command, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerClient, type ServerOptions } from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'
import { wholeNumber } from '../whole-number.ts'
import { standingOf, type ToldReceiver } from './told-receiver.ts'

interface Options extends ServerOptions {
  readonly which: string
  readonly address?: string
  readonly limit: number
}

/** What the JSON door gives at once. */
const PAGE = 100

/** `pixmill receivers list`: by address. */
export function addList(receivers: Command): void {
  const command = receivers
    .command('list')
    .description('List who gets callbacks, by address.')
    .addOption(new Option('--which <which>', 'only these').choices(['all', 'on', 'off', 'failing']).default('all'))
    .option('--address <text>', 'only those whose address begins with this')
    .option('--limit <number>', 'how many', wholeNumber(1, 100_000), 100)
  addServerOptions(command).action((options: Options) => carryOut('receivers list', options, () => list(options)))
}

async function list(options: Options): Promise<number> {
  const receivers = await listed(await connect(options), options)
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ receivers })}\n`)
    return 0
  }
  const now = Date.now()
  const rows = receivers.map((one) => [
    one.receiverId,
    standingOf(one, now),
    shownTime(Date.parse(one.lastAttemptTime)),
    one.lastSuccessTime === null ? 'never' : shownTime(Date.parse(one.lastSuccessTime)),
    printable(one.address),
    printable(one.offBecause ?? one.lastError ?? ''),
  ])
  const head = ['RECEIVER', 'IS', 'LAST ATTEMPT', 'LAST SUCCESS', 'ADDRESS', 'BECAUSE']
  process.stdout.write(rows.length === 0 ? 'No receivers.\n' : table([head, ...rows]))
  return 0
}

async function listed(client: ServerClient, { which, address, limit }: Options): Promise<ToldReceiver[]> {
  const found: ToldReceiver[] = []
  let after: string | null = null
  do {
    const page = (await client.callApi('GET', '/-/api/receivers', {
      parameters: [
        ['which', which],
        ['limit', String(Math.min(PAGE, limit - found.length))],
        ...(address === undefined ? [] : [['prefix', address] as const]),
        ...(after === null ? [] : [['after', after] as const]),
      ],
    })) as { receivers: ToldReceiver[]; next: string | null }
    found.push(...page.receivers)
    after = page.next
  } while (after !== null && found.length < limit)
  return found
}
