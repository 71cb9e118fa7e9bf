import { expect, test } from 'vitest'
import { type Clock, Failure, type FailureCode, type Log, silentLog } from '../../base/index.ts'
import { FailureBrake } from './failure-brake.ts'

function brakeWith() {
  let now = 1_000
  const told: { facts: Record<string, unknown> }[] = []
  const clock: Clock = { now: () => now }
  const log: Log = { ...silentLog, warn: (facts) => told.push({ facts: facts as Record<string, unknown> }) }
  const brake = new FailureBrake({ clock, log })
  const guess = (key: string | null, address = '10.0.0.1', code: FailureCode = 'SignatureMismatch') =>
    brake.note(code, { address, key })
  const pass = (ms: number) => {
    now += ms
  }
  return { brake, guess, pass, told }
}
const times = (count: number, work: (n: number) => number) => Array.from({ length: count }, (_, n) => work(n))
const never = () => new AbortController().signal

test('some failures are free, then each waits longer than the one before, up to 5 seconds', () => {
  const { guess } = brakeWith()
  expect(times(10, () => guess('AKIDa'))).toEqual(Array(10).fill(0))
  expect(times(8, () => guess('AKIDa'))).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000])
})

test('another key behind the same address, and the same key from elsewhere, are not touched', () => {
  const { guess } = brakeWith()
  times(20, () => guess('AKIDa'))
  expect(guess('AKIDb')).toBe(0)
  expect(guess('AKIDa', '10.0.0.2')).toBe(0)
})

test('but not ever so many keys of one address', () => {
  const { guess } = brakeWith()
  const waits = times(60, (n) => guess(`AKID${n}`))
  expect(waits.slice(0, 50)).toEqual(Array(50).fill(0))
  expect(waits[50]).toBe(100)
  expect(waits[59]).toBe(5_000)
})

test('it is forgotten with time', () => {
  const { guess, pass } = brakeWith()
  times(15, () => guess('AKIDa'))
  pass(60_000)
  expect(times(10, () => guess('AKIDa')).slice(0, 7)).toEqual(Array(7).fill(0))
  pass(3_600_000)
  expect(guess('AKIDa')).toBe(0)
})

test('what is remembered is bounded', () => {
  const { brake, guess } = brakeWith()
  for (let n = 0; n < 20_000; n += 1) guess(`AKID${n}`, `10.0.${n >> 8}.${n & 255}`)
  expect(brake.remembered).toBeLessThanOrEqual(4_096)
})

test('it is told now and then, and never with what may be a secret', () => {
  const { guess, told } = brakeWith()
  times(10, () => guess('AKIDknown'))
  expect(told).toEqual([])
  times(30, () => guess('AKIDknown'))
  // At the first that waits, and at each doubling.
  expect(told.map(({ facts }) => facts.failures)).toEqual([11, 12, 14, 18, 26])
  expect(told[0]!.facts).toEqual({
    address: '10.0.0.1',
    key: 'AKIDknown',
    code: 'SignatureMismatch',
    failures: 11,
    ofAddress: 11,
  })
  const other = brakeWith()
  times(11, () => other.guess('a-secret-in-the-wrong-place', '10.0.0.9', 'UnknownKey'))
  expect(other.told[0]!.facts).toMatchObject({ key: 'a-secret…' })
})

test('other failures, and those whose client is gone, do not wait', async () => {
  const { brake } = brakeWith()
  const expired = new Failure('RequestExpired')
  const whose = () => ({ address: '10.0.0.1', key: 'AKIDa' })
  for (let n = 0; n < 30; n += 1) expect(await brake.slowed(expired, whose, never())).toBe(expired)
  expect(brake.remembered).toBe(0)
  const gone = AbortSignal.abort()
  const wrong = new Failure('SignatureMismatch')
  for (let n = 0; n < 30; n += 1) expect(await brake.slowed(wrong, whose, gone)).toBe(wrong)
})

test('more than some do not wait: they are told to slow down; stopping lets everybody go', async () => {
  const { brake, guess } = brakeWith()
  times(30, () => guess('AKIDa'))
  const wrong = new Failure('SignatureMismatch')
  const whose = () => ({ address: '10.0.0.1', key: 'AKIDa' })
  const waiting = Array.from({ length: 16 }, () => brake.slowed(wrong, whose, never()))
  expect(await brake.slowed(wrong, whose, never())).toMatchObject({ code: 'SlowDown' })
  const left = new AbortController()
  const elsewhere = () => ({ address: '10.0.0.2', key: 'AKIDa' })
  times(30, () => guess('AKIDa', '10.0.0.2'))
  const leaving = brake.slowed(wrong, elsewhere, left.signal)
  left.abort()
  expect(await leaving).toBe(wrong)
  brake.stop()
  expect(await Promise.all(waiting)).toEqual(Array(16).fill(wrong))
  expect(await brake.slowed(wrong, whose, never())).toBe(wrong)
})
