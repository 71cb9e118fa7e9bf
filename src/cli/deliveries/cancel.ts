import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'
import { deliveryIds } from './delivery-id.ts'

/** `pixmill deliveries cancel`: gives some up by hand. */
export function addCancel(deliveries: Command): void {
  const command = deliveries
    .command('cancel')
    .description('Give callbacks up. They stay to be looked at, and can be sent again.')
    .argument('<delivery...>', 'ids of deliveries', deliveryIds)
  addServerOptions(command).action((ids: readonly string[], options: ServerOptions) =>
    carryOut('deliveries cancel', options, () => cancel(ids, options)),
  )
}

async function cancel(ids: readonly string[], options: ServerOptions): Promise<number> {
  const client = await connect(options)
  const deliveries: { deliveryId: string; state: string }[] = []
  for (const id of ids) {
    const { deliveryId, state } = (await client.callApi('POST', `/-/api/deliveries/${id}/cancel`)) as {
      deliveryId: string
      state: string
    }
    deliveries.push({ deliveryId, state })
  }
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ deliveries })}\n`
      : deliveries.map(({ deliveryId, state }) => `${deliveryId}  ${state}\n`).join(''),
  )
  return 0
}
