import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { newWebhookSecret, signWebhook, webhookRefusal } from '../../../src/callbacks/signature.ts'
import { parse } from './parse.ts'
import { ReceiverError } from './receiver-error.ts'
import { again, deliveryOf, signed, taskSucceeded } from './testing/index.ts'
import { type CallbackHeaders, verify } from './verify.ts'

interface Vector {
  name: string
  secrets: string[]
  id: string
  timestamp: number
  body: string
  signature: string
}
const { vectors } = JSON.parse(
  readFileSync(new URL('../../../test/fixtures/webhook-vectors.json', import.meta.url), 'utf8'),
) as { vectors: Vector[] }

const received = ({ id, timestamp, body, signature }: Vector) => ({
  headers: { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature },
  body: Buffer.from(body),
})
const codeOf = async (verified: Promise<unknown>): Promise<string> => {
  const error = await verified.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(ReceiverError)
  return (error as ReceiverError).code
}

describe.each(vectors)('$name', (vector) => {
  const { secrets, timestamp } = vector
  const options = { secrets, clock: () => timestamp * 1000 }

  test('is accepted with each of its secrets, and with another beside it', async () => {
    for (const secret of secrets) {
      for (const some of [secret, [secret], [newWebhookSecret(), secret]]) {
        await expect(verify(received(vector), { ...options, secrets: some })).resolves.toEqual({
          id: vector.id,
          sentAt: new Date(timestamp * 1000),
        })
      }
    }
  })

  test('is accepted with the body as text, and with headers of every platform', async () => {
    const { headers } = received(vector)
    const upper = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]))
    const lists = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
    for (const some of [headers, upper, lists, new Headers(headers)] satisfies CallbackHeaders[]) {
      await expect(verify({ headers: some, body: vector.body }, options)).resolves.toMatchObject({ id: vector.id })
    }
  })

  test('is refused when anything of it was changed', async () => {
    const right = received(vector)
    const withHeader = (name: string, value: string) => ({ ...right, headers: { ...right.headers, [name]: value } })
    const wrongs = [
      { ...right, body: Buffer.from(`${vector.body} `) },
      withHeader('webhook-id', `${vector.id}0`),
      withHeader('webhook-timestamp', String(timestamp + 1)),
      withHeader('webhook-signature', vector.signature.replace(/,..../g, ',AAAA')),
      withHeader('webhook-signature', vector.signature.replaceAll('=', '')),
      withHeader('webhook-signature', 'v1,'),
    ]
    for (const wrong of wrongs) expect(await codeOf(verify(wrong, options))).toBe('WrongSignature')
    expect(await codeOf(verify(right, { ...options, secrets: newWebhookSecret() }))).toBe('WrongSignature')
  })
})

describe('the time of a signature', () => {
  const vector = vectors[0]!
  const at = (seconds: number) => ({ secrets: vector.secrets, clock: () => (vector.timestamp + seconds) * 1000 + 999 })

  test.each([-300, -1, 0, 300])('%i s away is accepted', async (seconds) => {
    await expect(verify(received(vector), at(seconds))).resolves.toBeDefined()
  })
  test.each([-301, 301, 86_400])('%i s away is refused', async (seconds) => {
    await expect(verify(received(vector), at(seconds))).rejects.toThrow(
      `webhook-timestamp is ${Math.abs(seconds)} s in the ${seconds > 0 ? 'past' : 'future'}, expected at most 300 s.`,
    )
  })
  test('how far is far is a setting', async () => {
    await expect(verify(received(vector), { ...at(900), toleranceSeconds: 900 })).resolves.toBeDefined()
    expect(await codeOf(verify(received(vector), { ...at(11), toleranceSeconds: 10 }))).toBe('TimestampNotAccepted')
    expect(await codeOf(verify(received(vector), { ...at(0), toleranceSeconds: Number.NaN }))).toBe('InvalidOption')
  })
  test.each([' 1614265330', '1614265330.5', '-1', '0x60377a32', '99999999999999', 'now'])(
    '"%s" is no time',
    async (text) => {
      const { headers, body } = received(vector)
      const request = { headers: { ...headers, 'webhook-timestamp': text }, body }
      expect(await codeOf(verify(request, at(0)))).toBe('TimestampNotAccepted')
    },
  )
})

describe('a request without proof', () => {
  const vector = vectors[0]!
  const options = { secrets: vector.secrets, clock: () => vector.timestamp * 1000 }
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']

  test.each(names)('is refused without %s, or with two, and says which', async (name) => {
    const { headers, body } = received(vector)
    for (const value of [undefined, '', ['a', 'b'], []]) {
      const request = { headers: { ...headers, [name]: value }, body }
      expect(await codeOf(verify(request, options))).toBe('NotSigned')
      await expect(verify(request, options)).rejects.toThrow(`The header ${name} is missing or there more than once.`)
    }
    const twice = { ...headers, [name.toUpperCase()]: 'x' }
    expect(await codeOf(verify({ headers: twice, body }, options))).toBe('NotSigned')
  })

  test.each(['v2,abc', 'v1', 'v1a,abc v2,abc', ',', 'g0hM9SsE'])(
    '"%s" holds no signature that is known',
    async (value) => {
      const { headers, body } = received(vector)
      const request = { headers: { ...headers, 'webhook-signature': value }, body }
      expect(await codeOf(verify(request, options))).toBe('NotSigned')
    },
  )
})

test('signatures of other versions beside ours do no harm', async () => {
  const [vector] = vectors as [Vector]
  const options = { secrets: vector.secrets, clock: () => vector.timestamp * 1000 }
  const signature = `v1a,${'A'.repeat(86)}==  v9,? ${vector.signature}`
  await expect(verify(received({ ...vector, signature }), options)).resolves.toBeDefined()
})

test.each([
  ['a list', (both: string[]) => both],
  ['a text with a comma', (both: string[]) => both.join(',')],
  ['a text with blanks and line ends around', (both: string[]) => ` ${both.join(' \n')}\n`],
])('several secrets are taken as %s', async (_, written) => {
  const body = 'x'
  const both = [newWebhookSecret(), newWebhookSecret()]
  for (const secrets of both) {
    await expect(verify(await signed(body, { secrets }), { secrets: written(both) })).resolves.toBeDefined()
  }
  const another = await signed(body, { secrets: newWebhookSecret() })
  await expect(verify(another, { secrets: written(both) })).rejects.toMatchObject({ code: 'WrongSignature' })
})

test.each([
  ['an object', { EventName: 'TaskFinish' }, 'an object'],
  ['nothing', undefined, 'undefined'],
  ['null', null, 'null'],
  ['a list', [1], 'a list of 1'],
])('%s instead of the bytes is told as what it is', async (_, body, says) => {
  const secrets = newWebhookSecret()
  const { headers } = await signed('x', { secrets })
  const told = {
    name: 'ReceiverError',
    code: 'BodyAlreadyRead',
    message: `The body is ${says}, expected the bytes as they came, or their text.`,
  }
  await expect(verify({ headers, body: body as never }, { secrets })).rejects.toMatchObject(told)
  expect(() => parse(body as never)).toThrow(expect.objectContaining(told))
})

test('any view of the bytes will do', async () => {
  const secrets = newWebhookSecret()
  const { headers, body } = await signed('{"EventName":"字"}', { secrets })
  const bytes = new TextEncoder().encode(` ${body}`)
  const view = new DataView(bytes.buffer, 1)
  await expect(verify({ headers, body: view as never }, { secrets })).resolves.toBeDefined()
})

test.each([
  ['nothing', undefined],
  ['no secret at all', []],
  ['one without its prefix', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  ['one that is too short', `whsec_${Buffer.alloc(23).toString('base64')}`],
  ['one that is too long', `whsec_${Buffer.alloc(65).toString('base64')}`],
  ['one that is no Base64', 'whsec_MfKQ9r8GKYqrTwj UPD8ILPZIo2LaLaSw'],
  ['one in the Base64 of addresses', `whsec_${Buffer.alloc(32, 255).toString('base64url')}`],
  ['a good one and nothing', [newWebhookSecret(), undefined]],
])('%s as secret is refused without being repeated', async (_, secrets) => {
  const error = await verify(received(vectors[0]!), { secrets: secrets as never }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'InvalidOption' })
  if (typeof secrets === 'string') expect(String(error)).not.toContain(secrets.slice(6))
})

describe('with other makers of signatures', () => {
  const anything = fc.record({ id: fc.stringMatching(/^[a-z0-9_]{1,40}$/), body: fc.string({ unit: 'grapheme' }) })

  test('what the standardwebhooks package signs is accepted, and what the test kit signs it accepts', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async ({ id, body }) => {
        const [old, secret] = [newWebhookSecret(), newWebhookSecret()]
        const now = new Date()
        const theirs = {
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': new Webhook(secret).sign(id, now, body),
        }
        await expect(verify({ headers: theirs, body }, { secrets: [old, secret] })).resolves.toMatchObject({ id })
        const ours = await signed(body, { id, secrets: [old, secret] })
        for (const one of [old, secret]) new Webhook(one).verify(ours.body, { ...ours.headers }, { jsonParse: false })
      }),
      { numRuns: 50 },
    )
  })

  test('what Pixmill signs is accepted, and what the test kit signs it accepts', async () => {
    await fc.assert(
      fc.asyncProperty(anything, async ({ id, body }) => {
        const secrets = [newWebhookSecret(), newWebhookSecret()]
        const nowMs = Date.now()
        const content = { id, timestampSeconds: Math.floor(nowMs / 1000), body: Buffer.from(body) }
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(content.timestampSeconds),
          'webhook-signature': signWebhook(content, secrets),
        }
        for (const one of secrets)
          await expect(verify({ headers, body }, { secrets: one })).resolves.toMatchObject({ id })
        const ours = await signed(body, { id, secrets })
        expect(webhookRefusal({ headers: ours.headers, body: content.body }, { secrets, nowMs })).toBeNull()
      }),
      { numRuns: 50 },
    )
  })
})

test('a second attempt of the test kit has the same id and body, and a time and signature of its own', async () => {
  const secrets = newWebhookSecret()
  const first = await deliveryOf(taskSucceeded(), { secrets, sentAt: new Date(1_772_417_473_000) })
  const second = await again(first, { secrets, sentAt: new Date(1_772_417_478_000) })
  expect(second.body).toBe(first.body)
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
  expect(second.headers['webhook-signature']).not.toBe(first.headers['webhook-signature'])
  const options = { secrets, clock: () => 1_772_417_478_000 }
  for (const one of [first, second]) await expect(verify(one, options)).resolves.toBeDefined()
})
