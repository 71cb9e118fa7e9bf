import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OriginLanes } from './origin-lanes.ts'

const lanesWith = (maxInFlight: number, maxPerOrigin: number, ...origins: string[]) => {
  const lanes = new OriginLanes<{ origin: string; n: number }>({ maxInFlight, maxPerOrigin })
  for (const [n, origin] of origins.entries()) lanes.add({ origin, n })
  return lanes
}
const startAll = (lanes: ReturnType<typeof lanesWith>) => {
  const started: { origin: string; n: number }[] = []
  for (let item = lanes.startNext(); item !== null; item = lanes.startNext()) started.push(item)
  return started
}

test('origins take turns', () => {
  const lanes = lanesWith(4, 4, 'a', 'a', 'a', 'a', 'b', 'c')
  expect(startAll(lanes).map(({ origin }) => origin)).toEqual(['a', 'b', 'c', 'a'])
})

test('an origin whose attempts do not end keeps nobody else waiting', () => {
  const lanes = lanesWith(10, 2, 'slow', 'slow', 'slow', 'slow', 'fast')
  expect(startAll(lanes).map(({ n }) => n)).toEqual([0, 4, 1])
  lanes.end('fast')
  expect(startAll(lanes)).toEqual([])
  expect(lanes.counts()).toEqual({ slow: 4 })
  lanes.end('slow')
  expect(startAll(lanes).map(({ n }) => n)).toEqual([2])
})

test('what waits can be taken out; what is on its way stays counted', () => {
  const lanes = lanesWith(10, 1, 'a', 'a', 'b', 'b')
  startAll(lanes)
  expect(lanes.takeWaiting().map(({ n }) => n)).toEqual([1, 3])
  expect(lanes.inHand).toBe(2)
  lanes.end('a')
  lanes.end('b')
  expect(lanes.inHand).toBe(0)
  expect(lanes.counts()).toEqual({})
})

test('no limit is ever passed, nothing is lost, and each origin keeps its order', () => {
  const steps = fc.array(fc.oneof(fc.constantFrom('add a', 'add b', 'add c'), fc.constant('start'), fc.nat(20)), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), (todo, inAll, perOrigin) => {
      const lanes = lanesWith(inAll, perOrigin)
      const running: string[] = []
      const last: Record<string, number> = {}
      let added = 0
      let started = 0
      const start = () => {
        const item = lanes.startNext()
        if (item === null) return
        expect(item.n).toBeGreaterThan(last[item.origin] ?? -1)
        last[item.origin] = item.n
        running.push(item.origin)
        started += 1
        expect(running.length).toBeLessThanOrEqual(inAll)
        expect(running.filter((origin) => origin === item.origin).length).toBeLessThanOrEqual(perOrigin)
      }
      for (const step of todo) {
        if (step === 'start') start()
        else if (typeof step === 'string') lanes.add({ origin: step.slice(4), n: added++ })
        else if (running.length > 0) lanes.end(running.splice(step % running.length, 1)[0]!)
      }
      while (started < added) {
        start()
        if (running.length > 0) lanes.end(running.shift()!)
      }
      for (const origin of running) lanes.end(origin)
      expect(lanes.inHand).toBe(0)
    }),
  )
})
