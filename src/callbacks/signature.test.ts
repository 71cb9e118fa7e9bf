import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { newWebhookSecret, signWebhook, webhookKey, webhookRefusal } from './signature.ts'

interface Vector {
  name: string
  secrets: string[]
  id: string
  timestamp: number
  body: string
  signature: string
}
const { vectors } = JSON.parse(
  readFileSync(new URL('../../test/fixtures/webhook-vectors.json', import.meta.url), 'utf8'),
) as { vectors: Vector[] }

const received = ({ id, timestamp, body, signature }: Vector) => ({
  headers: { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signature },
  body: Buffer.from(body),
})

describe.each(vectors)('$name', (vector) => {
  const { id, timestamp: timestampSeconds, body, secrets, signature } = vector

  test('is signed as the vector says', () => {
    expect(signWebhook({ id, timestampSeconds, body: Buffer.from(body) }, secrets)).toBe(signature)
  })

  test('is accepted with each of its secrets, and with another beside it', () => {
    for (const secret of secrets) {
      const options = { secrets: [newWebhookSecret(), secret], nowMs: timestampSeconds * 1000 }
      expect(webhookRefusal(received(vector), options)).toBeNull()
    }
  })

  test('is refused when anything of it was changed', () => {
    const options = { secrets, nowMs: timestampSeconds * 1000 }
    const right = received(vector)
    const wrongs = [
      { ...right, body: Buffer.from(`${body} `) },
      { ...right, headers: { ...right.headers, 'webhook-id': `${id}0` } },
      { ...right, headers: { ...right.headers, 'webhook-timestamp': String(timestampSeconds + 1) } },
      { ...right, headers: { ...right.headers, 'webhook-signature': signature.replaceAll('v1,', 'v2,') } },
      { ...right, headers: { ...right.headers, 'webhook-signature': signature.replace(/,..../g, ',AAAA') } },
      { ...right, headers: { ...right.headers, 'webhook-signature': 'v1,' } },
    ]
    for (const wrong of wrongs) expect(webhookRefusal(wrong, options)).toBe('no signature in webhook-signature fits')
    expect(webhookRefusal(right, { ...options, secrets: [newWebhookSecret()] })).not.toBeNull()
    expect(webhookRefusal(right, { ...options, secrets: [] })).not.toBeNull()
  })
})

describe('the time of a signature', () => {
  const vector = vectors[0]!
  const at = (seconds: number) => ({ secrets: vector.secrets, nowMs: (vector.timestamp + seconds) * 1000 })

  test.each([-300, -1, 0, 300])('%i s away is accepted', (seconds) => {
    expect(webhookRefusal(received(vector), at(seconds))).toBeNull()
  })
  test.each([-301, 301, 86_400])('%i s away is refused', (seconds) => {
    expect(webhookRefusal(received(vector), at(seconds))).toContain(`${Math.abs(seconds)} s away`)
  })
  test.each(['', ' 1614265330', '1614265330.5', '-1', '0x60377a32', '99999999999999'])('"%s" is no time', (text) => {
    const { headers, body } = received(vector)
    expect(webhookRefusal({ headers: { ...headers, 'webhook-timestamp': text }, body }, at(0))).toContain(
      'not a number',
    )
  })
})

test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
  'a request without %s, or with two, is refused',
  (name) => {
    const vector = vectors[0]!
    const { headers, body } = received(vector)
    const options = { secrets: vector.secrets, nowMs: vector.timestamp * 1000 }
    expect(webhookRefusal({ headers: { ...headers, [name]: undefined }, body }, options)).toContain('missing')
    expect(webhookRefusal({ headers: { ...headers, [name]: ['a', 'b'] }, body }, options)).toContain('there twice')
  },
)

describe('with the standardwebhooks package', () => {
  const anything = fc.record({ id: fc.stringMatching(/^[a-z0-9_]{1,40}$/), body: fc.string({ unit: 'grapheme' }) })

  test('what we sign it accepts, with the old and the new secret of a rotation', () => {
    fc.assert(
      fc.property(anything, ({ id, body }) => {
        const secrets = [newWebhookSecret(), newWebhookSecret()]
        const timestampSeconds = Math.floor(Date.now() / 1000)
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(timestampSeconds),
          'webhook-signature': signWebhook({ id, timestampSeconds, body: Buffer.from(body) }, secrets),
        }
        for (const secret of secrets) new Webhook(secret).verify(body, headers, { jsonParse: false })
      }),
      { numRuns: 30 },
    )
  })

  test('what it signs we accept', () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 0, max: 4_000_000_000 }), ({ id, body }, seconds) => {
        const secret = newWebhookSecret()
        const signature = new Webhook(secret).sign(id, new Date(seconds * 1000), body)
        const options = { secrets: [newWebhookSecret(), secret], nowMs: seconds * 1000 }
        expect(
          webhookRefusal(received({ name: '', secrets: [], id, timestamp: seconds, body, signature }), options),
        ).toBeNull()
      }),
      { numRuns: 30 },
    )
  })
})

describe('a secret', () => {
  test('that is new is whsec_ and 32 bytes', () => {
    expect(newWebhookSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(webhookKey(newWebhookSecret())).toHaveLength(32)
    expect(newWebhookSecret()).not.toBe(newWebhookSecret())
  })

  test.each([24, 25, 32, 64])('of %i bytes is read, padded or not', (length) => {
    const key = Buffer.alloc(length, 7)
    expect(webhookKey(`whsec_${key.toString('base64')}`)).toEqual(key)
    expect(webhookKey(`whsec_${key.toString('base64').replace(/=+$/, '')}`)).toEqual(key)
  })

  test.each([
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'whsec_',
    `whsec_${Buffer.alloc(23).toString('base64')}`,
    `whsec_${Buffer.alloc(65).toString('base64')}`,
    'whsec_MfKQ9r8GKYqrTwj UPD8ILPZIo2LaLaSw',
    `whsec_${Buffer.alloc(32, 255).toString('base64url')}`,
  ])('"%s" is refused without being repeated', (secret) => {
    expect(() => webhookKey(secret)).toThrow(/^A webhook secret of \d+ characters was given, expected whsec_/)
  })
})

describe('the ten lines that docs/design/callbacks.md offers to receivers', async () => {
  const page = readFileSync(new URL('../../docs/design/callbacks.md', import.meta.url), 'utf8')
  const code = /```js\n(.*?)```/s.exec(page)![1]!
  const { isFromPixmill } = (await import(
    /* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
  )) as {
    isFromPixmill: (headers: Record<string, string>, body: Buffer, secret: string, nowSeconds?: number) => boolean
  }

  test.each(vectors)('accept $name, and nothing that was changed', (vector) => {
    const { headers, body } = received(vector)
    for (const secret of vector.secrets) {
      expect(isFromPixmill(headers, body, secret, vector.timestamp + 299)).toBe(true)
      expect(isFromPixmill(headers, body, secret, vector.timestamp + 301)).toBe(false)
      expect(isFromPixmill(headers, Buffer.concat([body, Buffer.from(' ')]), secret, vector.timestamp)).toBe(false)
      expect(isFromPixmill({ ...headers, 'webhook-id': 'evt_0' }, body, secret, vector.timestamp)).toBe(false)
    }
    expect(isFromPixmill(headers, body, newWebhookSecret(), vector.timestamp)).toBe(false)
    expect(isFromPixmill({}, body, vector.secrets[0]!, vector.timestamp)).toBe(false)
    expect(isFromPixmill({ ...headers, 'webhook-timestamp': 'x' }, body, vector.secrets[0]!)).toBe(false)
  })
})
