import { afterAll, afterEach, expect, test } from 'vitest'
import {
  again,
  deliveryOf,
  everyDelivery,
  post,
  taskSucceeded,
  unsigned,
} from '../../packages/receiver/src/testing/index.ts'
import { type Run, runPixmill } from '../support/program.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

// `pixmill listen` as somebody starts it, and what a sender and the program behind it see.

const secret = `whsec_${btoa('the secret of these tests, 32 bytes')}`
const newSecret = `whsec_${btoa('the next secret of them, 32 bytes')}`
const started: Run[] = []
const receivers: Receiver[] = []
afterEach(async () => {
  for (const { child } of started) child.kill('SIGTERM')
  for (const run of started.splice(0)) expect((await run.ended).status).toBe(0)
})
afterAll(async () => {
  for (const receiver of receivers) await receiver.close()
})

/** A listener, and the lines that it writes. */
async function listen(...args: string[]) {
  // As the server takes it: during a rotation two.
  const run = runPixmill(['listen', '--port', '0', ...args], { PIXMILL_WEBHOOK_SECRET: `${newSecret}, ${secret}` })
  started.push(run)
  let stdout = ''
  run.child.stdout!.on('data', (text: string) => {
    stdout += text
  })
  const isJson = args.includes('--json')
  const url = isJson
    ? await new Promise<string>((resolve) => {
        run.child.stderr!.on('data', (text: string) => {
          const found = /Listening on (http:\S+)\./.exec(text)?.[1]
          if (found !== undefined) resolve(found)
        })
      })
    : (await run.outputMatches(/Listening on (http:\S+)\. [\s\S]*checked with [^\n]+\n/))[1]!
  return {
    url,
    run,
    /** The first so many callbacks, as JSON. */
    heard: async (count: number): Promise<Record<string, unknown>[]> => {
      await run.outputMatches(new RegExp(`^(?:.*\\n){${count}}`))
      return stdout
        .split('\n')
        .slice(0, count)
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    },
  }
}

test('every delivery that a receiver meets is answered as it should be, and shown', async () => {
  const { url, heard } = await listen('--json')
  const cases = await everyDelivery({ secrets: secret })
  for (const { delivery, expected, name } of cases) {
    const { status } = await post(url, delivery)
    expect({ name, isOk: status < 300 }).toEqual({ name, isOk: expected !== 'refused' })
    if (expected === 'refused') expect({ name, is4xx: status >= 400 && status < 500 }).toEqual({ name, is4xx: true })
  }
  const lines = await heard(cases.length)
  for (const [index, { expected, delivery }] of cases.entries()) {
    expect(lines[index]).toMatchObject({
      verified: expected !== 'refused' ? true : lines[index]!.verified,
      body: delivery.body,
    })
    expect(lines[index]!.problem === null).toBe(expected !== 'refused')
  }
})

test('for people: what it says, whether it is genuine, and how often it came', async () => {
  const { url, run } = await listen()
  const delivery = await deliveryOf(taskSucceeded(), { secrets: secret, id: 'evt_twice' })
  await post(url, delivery)
  await post(url, await again(delivery, { secrets: secret }))
  await run.outputMatches(/TaskFinish {2}Success .*\n +verified · evt_twice · answered 200/)
  await run.outputMatches(/evt_twice · the 2nd time · answered 200/)
  expect(await post(url, unsigned(delivery))).toMatchObject({ status: 401 })
  await run.outputMatches(/POST \/\n +not verified: webhook-id, .* is missing/)
})

test('it fails as it was told: the same ones every time', async () => {
  const { url } = await listen('--fail', '50%', '--status', '429', '--json')
  const statuses: number[] = []
  for (let index = 0; index < 4; index += 1) {
    statuses.push((await post(url, await deliveryOf(taskSucceeded(), { secrets: secret }))).status)
  }
  expect(statuses).toEqual([200, 429, 200, 429])
})

test('a status alone is what everything is answered with, after the delay', async () => {
  const { url, heard } = await listen('--status', '410', '--delay', '40ms', '--json')
  expect(await post(url, await deliveryOf(taskSucceeded(), { secrets: secret }))).toMatchObject({ status: 410 })
  const [line] = await heard(1)
  expect(line).toMatchObject({ answered: 410, verified: true })
  expect(line!.durationMs).toBeGreaterThanOrEqual(39)
})

test('what is forwarded comes as it came, and the answer of the program behind is the answer', async () => {
  const behind = await startReceiver()
  receivers.push(behind)
  const { url, heard } = await listen('--forward', `${behind.url}/hook?key=1`, '--json')
  const delivery = await deliveryOf(taskSucceeded(), { secrets: secret })
  expect(await post(url, delivery)).toMatchObject({ status: 200 })
  const { body, headers, path, method } = await behind.nth(0)
  expect({ body, path, method }).toEqual({ body: delivery.body, path: '/hook?key=1', method: 'POST' })
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type', 'content-length']) {
    expect([name, headers[name]]).toEqual([name, delivery.headers[name]])
  }
  behind.answerWith([(response) => response.writeHead(418).end('teapot')])
  expect(await post(url, delivery)).toMatchObject({ status: 418 })
  // What is not genuine does not reach it.
  expect(await post(url, unsigned(delivery))).toMatchObject({ status: 401 })
  expect(behind.received).toHaveLength(2)
  const basic = await listen('--forward', `${behind.url.replace('//', '//us%20er:p%ss@')}/hook`)
  expect(await post(basic.url, delivery)).toMatchObject({ status: 200 })
  const { authorization = '' } = (await behind.nth(2)).headers
  expect(Buffer.from(authorization.replace('Basic ', ''), 'base64').toString()).toBe('us er:p%ss')
  await behind.close()
  expect(await post(url, delivery)).toMatchObject({ status: 502 })
  expect((await heard(4))[3]).toMatchObject({ answered: 502, forwarded: { error: expect.stringMatching(/./) } })
})

test('without a secret it does not start, unless it is told to believe everybody', async () => {
  const refused = await runPixmill([
    'listen',
    '--port',
    '0',
    '--data-dir',
    '/nowhere',
    '--server',
    'http://127.0.0.1:1',
  ]).ended
  expect(refused.status).toBe(1)
  expect(refused.stderr).toContain('neither --secret nor PIXMILL_WEBHOOK_SECRET is given')
  const run = runPixmill(['listen', '--port', '0', '--no-verify', '--body'])
  started.push(run)
  const [, url = ''] = await run.outputMatches(/Listening on (http:\S+)\. /)
  expect(await post(url, unsigned(await deliveryOf(taskSucceeded(), { secrets: secret })))).toMatchObject({
    status: 200,
  })
  await run.outputMatches(
    /TaskFinish {2}Success .*\n +not verified · answered 200 after .*\n<Response>\n {2}<EventName>/,
  )
  const notThere = await fetch(url)
  expect(notThere.status).toBe(405)
  expect((await fetch(url, { method: 'POST', body: '\u001b[2J' })).status).toBe(400)
  await run.outputMatches(/\\x1b\[2J/)
  expect((await fetch(url, { method: 'POST', body: 'x'.repeat(2_000_000) })).status).toBe(413)
})

test.each([
  [['--fail', '30'], 'Expected a share from 0% to 100%, such as 30%.'],
  [['--fail', '101%'], 'Expected a share'],
  [['--delay', '5'], 'Expected a time of at most 10m'],
  [['--delay', '11m'], 'Expected a time of at most 10m'],
  [['--status', '99'], 'Expected a whole number from 200 to 599.'],
  [['--forward', 'ftp://x'], 'Expected an address that begins with http:// or https://.'],
  [['--secret', 'whsec_c2hvcnQ='], 'expected whsec_ and the Base64 of 24 to 64 bytes'],
  [['--port', '65536'], 'Expected a whole number from 0 to 65535.'],
])('%j is refused in words', async (args, says) => {
  const { status, stderr } = await runPixmill(['listen', ...args]).ended
  expect(stderr).toContain(says)
  expect(stderr).not.toContain('c2hvcnQ')
  expect(status).toBe(2)
})
