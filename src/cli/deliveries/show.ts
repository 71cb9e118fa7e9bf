import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { readableBody } from '../readable-body.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'
import { printable, shownDuration, shownTime, table } from '../terminal/index.ts'
import { deliveryId } from './delivery-id.ts'
import type { DeliveryInFull } from './told-delivery.ts'

interface Options extends ServerOptions {
  readonly body?: true
}

/** `pixmill deliveries show`: one, with its attempts. */
export function addShow(deliveries: Command): void {
  const command = deliveries
    .command('show')
    .description('Show a callback with all its attempts: when, to which address, and what came back.')
    .argument('<delivery>', 'id of the delivery', deliveryId)
    .option('--body', 'show what is sent, too')
  addServerOptions(command).action((id: string, options: Options) =>
    carryOut('deliveries show', options, () => show(id, options)),
  )
}

async function show(id: string, options: Options): Promise<number> {
  const client = await connect(options)
  const delivery = (await client.callApi('GET', `/-/api/deliveries/${id}`)) as DeliveryInFull
  process.stdout.write(options.json ? `${JSON.stringify(delivery)}\n` : deliveryText(delivery, options.body === true))
  return 0
}

/** For people. */
export function deliveryText(delivery: DeliveryInFull, withBody: boolean): string {
  const { state, dueTime, endTime, attempts, body } = delivery
  const at = (time: string): string => shownTime(Date.parse(time))
  const when = dueTime !== null ? `, due ${at(dueTime)}` : endTime !== null ? `, since ${at(endTime)}` : ''
  const facts = table([
    ['delivery', delivery.deliveryId],
    ['state', `${state}${when}`],
    ['to', printable(delivery.url)],
    ['event', `${delivery.event}, ${at(delivery.createTime)}`],
    ['webhook-id', delivery.eventId],
    ['job or run', delivery.subject],
    ['type', delivery.contentType],
  ])
  const rows = attempts.map((one, index) => [
    String(index + 1),
    at(one.startTime),
    one.durationMs < 1_000 ? `${one.durationMs} ms` : shownDuration(one.durationMs),
    one.address ?? '',
    one.status === null ? '' : String(one.status),
    // An answer mostly ends with a line, which would be shown as \\x0a.
    printable([one.error, one.answer.trim()].filter((text) => text).join(': ')),
  ])
  const tried =
    rows.length === 0
      ? '\nNot tried yet.\n'
      : `\n${table([['', 'ATTEMPT', 'TOOK', 'ADDRESS', 'STATUS', 'WHAT CAME BACK'], ...rows])}`
  return facts + tried + (withBody ? `\n${shownBody(delivery.contentType, body)}\n` : '')
}

function shownBody(contentType: string, body: string | null): string {
  if (body === null) return 'The body is kept no longer.'
  return readableBody(contentType, body).split('\n').map(printable).join('\n')
}
