import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerClient, type ServerOptions } from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'
import { wholeNumber } from '../whole-number.ts'
import { addFilterOptions, type FilterOptions, filterOf } from './filter.ts'
import type { ListedDelivery } from './told-delivery.ts'

interface Options extends ServerOptions, FilterOptions {
  readonly limit: number
}

/** What the JSON door gives at once. */
const PAGE = 100

/** `pixmill deliveries list`: the newest first. */
export function addList(deliveries: Command): void {
  const command = deliveries.command('list').description('List callbacks, the newest first.')
  addFilterOptions(command)
    .option('--limit <number>', 'how many', wholeNumber(1, 100_000), 20)
    .addHelpText(
      'after',
      '\nExamples:\n  pixmill deliveries list --state Dead Held\n  pixmill deliveries list --receiver https://hooks.example/pixmill --since 2026-03-01 --json',
    )
  addServerOptions(command).action((options: Options) => carryOut('deliveries list', options, () => list(options)))
}

async function list(options: Options): Promise<number> {
  const filter = Object.entries(filterOf(options)).map(([name, value]): [string, string] => [name, String(value)])
  const deliveries = await listed(await connect(options), filter, options.limit)
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ deliveries })}\n`)
    return 0
  }
  const rows = deliveries.map((one) => [
    one.deliveryId,
    one.state,
    shownTime(Date.parse(one.createTime)),
    one.event,
    one.subject,
    String(one.attempts),
    printable(one.url),
    printable(lastOf(one)),
  ])
  const head = ['DELIVERY', 'STATE', 'EVENT AT', 'EVENT', 'JOB OR RUN', 'ATTEMPTS', 'TO', 'LAST']
  process.stdout.write(rows.length === 0 ? 'No deliveries.\n' : table([head, ...rows]))
  return 0
}

async function listed(
  client: ServerClient,
  filter: readonly (readonly [string, string])[],
  limit: number,
): Promise<ListedDelivery[]> {
  const found: ListedDelivery[] = []
  let after: string | null = null
  do {
    const page = (await client.callApi('GET', '/-/api/deliveries', {
      parameters: [
        ...filter,
        ['limit', String(Math.min(PAGE, limit - found.length))],
        ...(after === null ? [] : [['after', after] as const]),
      ],
    })) as { deliveries: ListedDelivery[]; next: string | null }
    found.push(...page.deliveries)
    after = page.next
  } while (after !== null && found.length < limit)
  return found
}

function lastOf({ lastAttempt }: ListedDelivery): string {
  if (lastAttempt === null) return ''
  return lastAttempt.error ?? `answered ${lastAttempt.status}`
}
