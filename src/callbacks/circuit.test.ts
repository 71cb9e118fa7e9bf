import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Circuit, type CircuitOutcome } from './circuit.ts'

const options = { opensAfter: 3, waitsMs: [100, 1_000] }
const MIDDLE = 0.5

test('opens after so many failures in a row, and a success in between begins the count anew', () => {
  const circuit = new Circuit(options)
  const outcomes: CircuitOutcome[] = ['bad', 'bad', 'good', 'bad', 'says nothing', 'bad']
  for (const outcome of outcomes) expect(circuit.ended(outcome, false, 0, MIDDLE)).toBe(false)
  expect(circuit.verdict(0)).toBe('go')
  expect(circuit.ended('bad', false, 0, MIDDLE)).toBe(true)
  expect(circuit.verdict(99)).toEqual({ until: 100 })
})

test('a probe that fails opens it for longer, one that says nothing leaves the turn to the next', () => {
  const circuit = new Circuit(options)
  for (let n = 0; n < 3; n++) circuit.ended('bad', false, 0, MIDDLE)
  expect(circuit.started(100)).toBe(true)
  expect(circuit.verdict(100)).toBe('wait')
  expect(circuit.started(100)).toBe(false)
  circuit.ended('says nothing', true, 110, MIDDLE)
  expect(circuit.started(110)).toBe(true)
  expect(circuit.ended('bad', true, 120, MIDDLE)).toBe(true)
  expect(circuit.openUntil).toBe(1_120)
  expect(circuit.started(1_120)).toBe(true)
  expect(circuit.ended('bad', true, 1_120, MIDDLE)).toBe(true)
  expect(circuit.openUntil).toBe(2_120)
  expect(circuit.started(2_120)).toBe(true)
  circuit.ended('good', true, 2_130, MIDDLE)
  expect(circuit.verdict(2_130)).toBe('go')
  expect(circuit.openUntil).toBeNull()
})

test('what was on its way when it opened does not open it further, and may close it', () => {
  const circuit = new Circuit(options)
  for (let n = 0; n < 3; n++) circuit.ended('bad', false, 0, MIDDLE)
  expect(circuit.ended('bad', false, 50, MIDDLE)).toBe(false)
  expect(circuit.openUntil).toBe(100)
  circuit.ended('good', false, 60, MIDDLE)
  expect(circuit.verdict(60)).toBe('go')
})

test('whatever happens: never two probes at once, nothing goes while it is open, waits stay within ±20 %', () => {
  const steps = fc.array(
    fc.record({
      outcome: fc.constantFrom<CircuitOutcome>('good', 'bad', 'says nothing'),
      pass: fc.nat(2_000),
      random: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      end: fc.nat(5),
    }),
    { maxLength: 100 },
  )
  fc.assert(
    fc.property(steps, (all) => {
      const circuit = new Circuit(options)
      const running: boolean[] = []
      let now = 0
      for (const { outcome, pass, random, end } of all) {
        now += pass
        const verdict = circuit.verdict(now)
        if (typeof verdict === 'object') expect(verdict.until).toBeGreaterThan(now)
        if (verdict === 'go') running.push(circuit.started(now))
        expect(running.filter(Boolean).length).toBeLessThanOrEqual(1)
        if (running.length === 0) continue
        const [wasProbe] = running.splice(end % running.length, 1)
        if (circuit.ended(outcome, wasProbe!, now, random)) {
          expect(outcome).toBe('bad')
          expect(circuit.openUntil! - now).toBeGreaterThanOrEqual(80)
          expect(circuit.openUntil! - now).toBeLessThanOrEqual(1_200)
        }
      }
    }),
  )
})
