import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import {
  addServerOptions,
  connect,
  type ServerClient,
  type ServerOptions,
  UsageFailure,
} from '../server-client/index.ts'
import { deliveryIds } from './delivery-id.ts'
import { addFilterOptions, type FilterOptions, filterOf } from './filter.ts'

interface Options extends ServerOptions, FilterOptions {}

interface Resent {
  readonly resent: number
  readonly passedOver: number
}

/** `pixmill deliveries resend`: some by their ids, or all that fit. */
export function addResend(deliveries: Command): void {
  const command = deliveries
    .command('resend')
    .description('Send callbacks again, now, each with a round of attempts of its own: by their ids, or all that fit.')
    .argument('[delivery...]', 'ids of deliveries; without any, those that fit the options', deliveryIds)
  addFilterOptions(command).addHelpText(
    'after',
    '\nExamples:\n  pixmill deliveries resend dlv_0195566e1b2000000123456789abcdef\n  pixmill deliveries resend --state Dead --since 2026-03-01\n  pixmill deliveries resend --state Delivered --receiver https://hooks.example/pixmill --since 2026-03-01T10:00 --until 2026-03-01T12:00',
  )
  addServerOptions(command).action((ids: readonly string[] | undefined, options: Options) =>
    carryOut('deliveries resend', options, () => resend(ids ?? [], options)),
  )
}

async function resend(ids: readonly string[], options: Options): Promise<number> {
  const filter = filterOf(options)
  if (ids.length > 0 === Object.keys(filter).length > 0) {
    throw new UsageFailure('Expected ids of deliveries, or options that say which, such as --state Dead.')
  }
  if (ids.length === 0 && options.state === undefined) {
    throw new UsageFailure('Expected --state: which of those that fit are to be sent again, for instance --state Dead.')
  }
  const client = await connect(options)
  const done = ids.length > 0 ? await resendEach(client, ids) : await resendAll(client, filter)
  process.stdout.write(
    options.json
      ? `${JSON.stringify(done)}\n`
      : `${done.resent} sent again${done.passedOver === 0 ? '' : `, ${done.passedOver} passed over: on their way right now, without a body, or their receiver is off`}.\n`,
  )
  return 0
}

async function resendEach(client: ServerClient, ids: readonly string[]): Promise<Resent> {
  for (const id of ids) await client.callApi('POST', `/-/api/deliveries/${id}/resend`)
  return { resent: ids.length, passedOver: 0 }
}

async function resendAll(client: ServerClient, filter: object): Promise<Resent> {
  let [resent, passedOver] = [0, 0]
  let after: string | null = null
  do {
    const body: object = { ...filter, ...(after === null ? {} : { after }) }
    const done = (await client.callApi('POST', '/-/api/deliveries/resend', { body })) as Resent & {
      next: string | null
    }
    resent += done.resent
    passedOver += done.passedOver
    after = done.next
  } while (after !== null)
  return { resent, passedOver }
}
