import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressGuard } from './address-guard.ts'
import { checkCallbackUrl } from './check-callback-url.ts'

/** Everything opened that can be opened: what is refused now is refused always. */
const wideOpen = addressGuard({ allowLoopback: true, allow: ['0.0.0.0/0', '::/0'] })
const outside = addressGuard({ allowLoopback: false })

const within = (base: number, prefix: number) =>
  fc.nat(prefix === 32 ? 0 : 2 ** (32 - prefix) - 1).map((rest) => (base + rest) >>> 0)
const quad = (a: number, b = 0, c = 0, d = 0) => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0

/** Addresses that nothing opens. */
const never = fc.oneof(
  within(quad(169, 254), 16),
  within(quad(224), 4),
  fc.constantFrom(quad(255, 255, 255, 255), quad(100, 100, 100, 200), quad(192, 0, 0, 192), quad(168, 63, 129, 16)),
)
/** Those and this machine. */
const forbidden = fc.oneof(never, within(quad(127), 8), within(quad(0), 8))

const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
const hextets = (value: number) => `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`

const inBase: readonly ((part: number) => string)[] = [
  (part) => String(part),
  (part) => `0x${part.toString(16)}`,
  (part) => `0X${part.toString(16).toUpperCase()}`,
  (part) => `0${part.toString(8)}`,
  (part) => `000${part.toString(8)}`,
  (part) => `0x0000${part.toString(16)}`,
]
/** Into one to four parts, as C libraries read them: the last one takes all that is left. */
const partsOf = (value: number, count: number): number[] => {
  const bytes = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255)
  const rest = bytes.slice(count - 1).reduce((sum, byte) => sum * 256 + byte, 0)
  return [...bytes.slice(0, count - 1), rest]
}
const disguises: readonly ((host: string) => string)[] = [
  (host) => host,
  (host) => `${host}.`,
  (host) => host.replaceAll('.', '。'),
  (host) => host.replaceAll('.', '％２Ｅ'.normalize('NFKC')),
  (host) => [...host].map((sign) => (/[0-9]/.test(sign) ? String.fromCharCode(0xff10 + Number(sign)) : sign)).join(''),
  (host) => [...host].map((sign) => `%${sign.charCodeAt(0).toString(16)}`).join(''),
]
const spelling = fc.record({
  parts: fc.integer({ min: 1, max: 4 }),
  bases: fc.array(fc.nat(inBase.length - 1), { minLength: 4, maxLength: 4 }),
  disguise: fc.nat(disguises.length - 1),
})
type Spelling = typeof spelling extends fc.Arbitrary<infer Value> ? Value : never

const spelled = (value: number, { parts, bases, disguise }: Spelling): string =>
  disguises[disguise]!(
    partsOf(value, parts)
      .map((part, n) => inBase[bases[n]!]!(part))
      .join('.'),
  )

/** How an IPv6 address carries an IPv4 address, in the spellings that there are. */
const carried: readonly ((value: number) => string)[] = [
  (value) => `::ffff:${dotted(value)}`,
  (value) => `::FFFF:${hextets(value)}`,
  (value) => `0:0:0:0:0:ffff:${hextets(value)}`,
  (value) => `0000:0000:0000:0000:0000:ffff:${dotted(value)}`,
  (value) => `::${hextets(value)}`,
  (value) => `::ffff:0:${hextets(value)}`,
  (value) => `64:ff9b::${dotted(value)}`,
  (value) => `64:ff9b:1::${hextets(value)}`,
  (value) => `2002:${hextets(value)}::1`,
  (value) => `2001:0:${hextets(value)}::1`,
  (value) => `2001::${hextets(~value >>> 0)}`,
]

const refusalOf = (host: string, guard: typeof outside): string => {
  try {
    checkCallbackUrl(`http://${host}:8080/hook`, 'CallBack', guard)
    return 'accepted'
  } catch (error) {
    return (error as Error).message
  }
}

test('whatever the spelling of a forbidden IPv4 address, it is refused when it is configured', () => {
  fc.assert(
    fc.property(forbidden, spelling, (value, how) => {
      const host = spelled(value, how)
      expect(refusalOf(host, outside), host).toContain(`an address that may be called: ${dotted(value)} `)
    }),
    { numRuns: 1_000 },
  )
})

test('whatever carries a forbidden IPv4 address inside, it is refused when it is configured and when it is dialled', () => {
  fc.assert(
    fc.property(forbidden, fc.constantFrom(...carried), (value, carry) => {
      expect(refusalOf(`[${carry(value)}]`, outside)).toContain('an address that may be called: ')
      expect(outside.refusal(carry(value))).not.toBeNull()
      expect(outside.refusal(`${carry(value)}%eth0`)).not.toBeNull()
    }),
    { numRuns: 1_000 },
  )
})

test('nothing opens link-local, multicast and metadata addresses, however they are written', () => {
  fc.assert(
    fc.property(never, spelling, fc.constantFrom(...carried), (value, how, carry) => {
      expect(refusalOf(spelled(value, how), wideOpen)).toContain('an address that may be called: ')
      expect(refusalOf(`[${carry(value)}]`, wideOpen)).toContain('an address that may be called: ')
      expect(wideOpen.refusal(dotted(value))).not.toBeNull()
    }),
    { numRuns: 500 },
  )
})
