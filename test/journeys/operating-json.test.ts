import { afterAll, beforeAll, expect, test } from 'vitest'
import { documentedJson, operatingCommands, shapes } from '../support/documented-json.ts'
import { type House, jobXml, secretId, secretKey, startHouse } from '../support/house.ts'
import { runPixmill } from '../support/program.ts'

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house?.close())

/** What a command says with `--json`. */
async function said(...args: string[]) {
  const { status, stdout, stderr } = await runPixmill([...args, '--json'], {
    PIXMILL_SERVER: house.app.url,
    PIXMILL_SECRET_ID: secretId,
    PIXMILL_SECRET_KEY: secretKey,
  }).ended
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: '' })
  return JSON.parse(stdout)
}

test('what --json says of callbacks and keys is what the page about it says', async () => {
  const hook = `${house.receiver.url}/pixmill`
  const goneAfter = async (act: () => Promise<unknown>) => {
    const attempted = house.app.signals.courier.next('attempt recorded')
    house.receiver.answerWith([(response) => response.writeHead(410).end('gone')])
    const done = await act()
    await attempted
    return done
  }
  const job = jobXml({ input: 'no.jpg', rule: 'imageMogr2/strip', callback: `${hook}?key=secret` })
  const noted = house.app.signals.courier.next('receivers noted')
  await goneAfter(() => house.submit(job))
  await noted
  const deliveries = await said('deliveries', 'list')
  const [{ deliveryId, queue }] = deliveries.deliveries
  const receivers = await said('receivers', 'list')

  const [keyPair, token, secret] = await Promise.all([
    said('keys', 'create', 'uploads', '--buckets', 'album-1250000000', '--may', 'read,write'),
    said('tokens', 'create', 'dashboard', '--buckets', '*', '--may', 'read'),
    said('secrets', 'rotate', '--queue', queue),
  ])
  const [keys, tokens, temporary, secrets] = await Promise.all([
    said('keys', 'list'),
    said('tokens', 'list'),
    said('keys', 'temporary', '--may', 'read'),
    said('secrets', 'list'),
  ])
  const shown = await said('deliveries', 'show', deliveryId)
  const resent = await goneAfter(() => said('deliveries', 'resend', deliveryId))
  const disabled = await said('receivers', 'disable', hook, '--because', 'it moves')
  // It goes nowhere now, so that it is there to be cancelled.
  const heldJob = await house.submit(job)
  await house.ended(heldJob)
  const [held] = (await said('deliveries', 'list', '--job', heldJob)).deliveries
  const real = {
    'deliveries list': deliveries,
    'deliveries show': shown,
    'receivers list': receivers,
    'receivers disable': disabled,
    'deliveries resend': resent,
    'deliveries cancel': await said('deliveries', 'cancel', held.deliveryId),
    'receivers test': await said('receivers', 'test', hook),
    'secrets list': secrets,
    'secrets rotate': secret,
    'secrets remove': await said('secrets', 'remove', '--queue', queue),
    'keys list': keys,
    'keys create': keyPair,
    'keys temporary': temporary,
    'keys disable': await said('keys', 'disable', keyPair.id),
    'tokens list': tokens,
    'tokens create': token,
  }
  expect(real['deliveries cancel'].deliveries).toEqual([{ deliveryId: held.deliveryId, state: 'Cancelled' }])
  expect(shapes(real)).toEqual(shapes(await documentedJson((command) => operatingCommands.includes(command))))
})
