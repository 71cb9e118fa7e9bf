import { describe, expect, onTestFinished, test } from 'vitest'
import { type Clock, Failure, silentLog } from '../base/index.ts'
import type { KeptKey } from './access-key.ts'
import { makeBearerToken } from './bearer-token.ts'
import { KeyRing } from './key-ring.ts'
import type { Grant } from './permission.ts'
import { makeTemporaryKey, type TemporaryKey } from './temporary-key.ts'

const first = { secretId: 'AKIDfirst', secretKey: 'first secret' }
const web: Grant = { buckets: ['web-*'], permissions: ['read', 'write'] }
const start = Date.UTC(2026, 0, 1)

const kept = (changes: Partial<KeptKey> = {}): KeptKey => ({
  id: 'AKIDweb',
  kind: 'pair',
  name: 'web',
  secret: 'web secret',
  grant: web,
  createdAt: start,
  expiresAt: null,
  isDisabled: false,
  lastUsedAt: null,
  ...changes,
})

/** A ring over keys that a test can change, and what was noted of their uses. */
async function ringOf(...keys: KeptKey[]) {
  let now = start
  const ledger = { keys, asked: 0, noted: [] as { id: string; at: number }[][] }
  const clock: Clock = { now: () => now }
  const ring = new KeyRing({
    store: {
      keptKeys: async () => {
        ledger.asked += 1
        return ledger.keys
      },
      noteKeyUses: async (uses) => {
        ledger.noted.push([...uses])
      },
    },
    first,
    clock,
    log: silentLog,
    lookEveryMs: 3_600_000,
  })
  await ring.start()
  onTestFinished(() => ring.stop())
  const pass = (ms: number) => {
    now += ms
  }
  return { ring, ledger, pass, now: () => now }
}
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'fine'
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    return (error as Failure).code
  }
}

describe('key pairs', () => {
  test('the first pair may everything; others what they were given', async () => {
    const { ring } = await ringOf(kept())
    expect(ring.findPair('AKIDfirst', [])).toMatchObject({ secretKey: 'first secret' })
    expect(ring.findPair('AKIDfirst', [])!.admit().may('administer', null)).toBe(true)
    const requester = ring.findPair('AKIDweb', ['whatever'])!.admit()
    expect(requester.id).toBe('AKIDweb')
    expect(requester.may('write', 'web-1')).toBe(true)
    expect(requester.may('write', 'album-1')).toBe(false)
  })

  test.each(['__proto__', 'constructor', 'toString', '', 'AKIDWEB', 'AKIDweb '])('there is no pair %j', async (id) => {
    const { ring } = await ringOf(kept(), kept({ id: 'AKIDtoken', kind: 'token' }))
    expect(ring.findPair(id, [])).toBeNull()
    expect(ring.findPair('AKIDtoken', [])).toBeNull()
  })

  test('a pair of the ledger does not take the place of the first one', async () => {
    const { ring } = await ringOf(kept({ id: 'AKIDfirst', isDisabled: true }))
    expect(ring.findPair('AKIDfirst', [])).toMatchObject({ secretKey: 'first secret' })
    expect(ring.list('pair').map(({ id }) => id)).toEqual(['AKIDfirst'])
  })

  test('one that is switched off, or has ended, tells so to its owner only', async () => {
    const { ring, pass } = await ringOf(kept({ isDisabled: true }), kept({ id: 'AKIDshort', expiresAt: start + 10 }))
    const off = ring.findPair('AKIDweb', [])!
    expect(off.secretKey).toBe('web secret')
    expect(codeOf(() => off.admit())).toBe('UnknownKey')
    const short = ring.findPair('AKIDshort', [])!
    expect(codeOf(() => short.admit())).toBe('fine')
    pass(10)
    expect(codeOf(() => short.admit())).toBe('UnknownKey')
  })

  test('a change holds after the next reading, and no request asks the ledger', async () => {
    const { ring, ledger } = await ringOf(kept())
    const before = ledger.asked
    for (let n = 0; n < 100; n += 1) ring.findPair(n % 2 === 0 ? 'AKIDweb' : 'AKIDnone', [])?.admit()
    expect(ledger.asked).toBe(before)
    ledger.keys = []
    await ring.load()
    expect(ring.findPair('AKIDweb', [])).toBeNull()
    expect(ring.findPair('AKIDfirst', [])).not.toBeNull()
  })

  test('uses are told at once, and written down together; not those of the first pair', async () => {
    const { ring, ledger, pass, now } = await ringOf(kept())
    ring.findPair('AKIDweb', [])!.admit()
    pass(5)
    ring.findPair('AKIDweb', [])!.admit()
    ring.findPair('AKIDfirst', [])!.admit()
    expect(ring.list('pair').map(({ lastUsedAt }) => lastUsedAt)).toEqual([now(), now()])
    expect(ledger.noted).toEqual([])
    await ring.stop()
    expect(ledger.noted).toEqual([[{ id: 'AKIDweb', at: now() }]])
    await ring.stop()
    expect(ledger.noted).toHaveLength(1)
  })

  test('a list holds no secret', async () => {
    const { ring } = await ringOf(kept(), kept({ id: '0123456789abcdef', kind: 'token', secret: 'a hash' }))
    const told = JSON.stringify([...ring.list('pair'), ...ring.list('token')])
    expect(told).toContain('0123456789abcdef')
    expect(told).not.toMatch(/secret|a hash/)
  })
})

describe('bearer tokens', () => {
  const made = makeBearerToken()
  const token = kept({ id: made.id, kind: 'token', secret: made.hash })

  test('its text is let in, and what is kept of it is not', async () => {
    const { ring } = await ringOf(token)
    expect(ring.admitToken(made.text).grant).toBe(web)
    expect(token.secret).not.toContain(made.text.slice(-43))
    for (const wrong of [
      '',
      'Bearer',
      made.hash,
      made.text.slice(0, -1),
      `${made.text}A`,
      `${made.text.slice(0, -1)}${made.text.endsWith('A') ? 'B' : 'A'}`,
      `pixmill___proto_________${made.text.slice(-44)}`,
      makeBearerToken().text,
      'x'.repeat(100_000),
    ]) {
      expect(codeOf(() => ring.admitToken(wrong))).toBe('TokenRefused')
    }
  })

  test('the id of a key pair is none of a token', async () => {
    const { ring } = await ringOf({ ...token, kind: 'pair' })
    expect(codeOf(() => ring.admitToken(made.text))).toBe('TokenRefused')
  })

  test('switched off or ended it is refused', async () => {
    for (const changes of [{ isDisabled: true }, { expiresAt: start }]) {
      const { ring } = await ringOf({ ...token, ...changes })
      expect(codeOf(() => ring.admitToken(made.text))).toBe('TokenRefused')
    }
  })
})

describe('temporary keys', () => {
  const parent = kept()
  const reading: Grant = { buckets: ['web-1'], permissions: ['read'] }
  const make = (grant = reading, from = parent): TemporaryKey => makeTemporaryKey(from, grant, start + 1_000)

  test('with its own token it is known, and may what both allow', async () => {
    const { ring } = await ringOf(parent)
    const { secretId, secretKey, token } = make()
    const found = ring.findPair(secretId, ['other', token])!
    expect(found.secretKey).toBe(secretKey)
    const requester = found.admit()
    expect(requester.id).toBe(secretId)
    expect(requester.grant).toEqual(reading)
    const wide = make({ buckets: ['*'], permissions: ['administer'] })
    expect(ring.findPair(wide.secretId, [wide.token])!.admit().grant).toEqual(web)
  })

  test('without a token, with that of another, or with a changed one it is unknown', async () => {
    const { ring } = await ringOf(parent)
    const { secretId, token } = make()
    const other = make()
    const [, payload, code] = token.split('.')
    const said = JSON.parse(Buffer.from(payload!, 'base64url').toString())
    const wider = Buffer.from(JSON.stringify({ ...said, grant: web })).toString('base64url')
    for (const tokens of [
      [],
      [other.token],
      [`v1.${wider}.${code}`],
      [`v1.${payload}.${other.token.split('.')[2]}`],
      [`v1.${payload}.`],
      [`v2.${payload}.${code}`],
      [`${token}.x`],
      [token.slice(3)],
      ['v1..'],
      [`v1.${Buffer.from('null').toString('base64url')}.${code}`],
      [`v1.${Buffer.from('[').toString('base64url')}.${code}`],
      ['v1.'.repeat(50_000)],
    ]) {
      expect(ring.findPair(secretId, tokens)).toBeNull()
    }
  })

  test('a token that somebody made with another secret is unknown, whatever it says', async () => {
    const { ring } = await ringOf(parent)
    const forged = make(reading, kept({ secret: 'guessed' }))
    expect(ring.findPair(forged.secretId, [forged.token])).toBeNull()
    const ofNobody = make(reading, kept({ id: '__proto__' }))
    expect(ring.findPair(ofNobody.secretId, [ofNobody.token])).toBeNull()
  })

  test('it ends at its time, and with its parent', async () => {
    const { ring, ledger, pass } = await ringOf(parent)
    const { secretId, token } = make()
    ledger.keys = [{ ...parent, isDisabled: true }]
    await ring.load()
    expect(ring.findPair(secretId, [token])).toBeNull()
    ledger.keys = [{ ...parent, grant: { buckets: ['web-2'], permissions: ['read'] } }]
    await ring.load()
    expect(ring.findPair(secretId, [token])!.admit().may('read', 'web-1')).toBe(false)
    ledger.keys = [parent]
    await ring.load()
    pass(999)
    expect(codeOf(() => ring.findPair(secretId, [token]))).toBe('fine')
    pass(1)
    expect(codeOf(() => ring.findPair(secretId, [token]))).toBe('SecurityTokenExpired')
    expect(codeOf(() => ring.findPair(make().secretId, [token]))).toBe('fine')
  })

  test('a temporary key, and nobody, makes no further ones', async () => {
    const { ring } = await ringOf(parent)
    const { secretId, token } = make()
    expect(ring.parentOf(ring.findPair(secretId, [token])!.admit())).toBeNull()
    expect(ring.parentOf(ring.findPair('AKIDweb', [])!.admit())).toMatchObject({ id: 'AKIDweb' })
  })
})
