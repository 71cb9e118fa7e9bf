import { describe, expect, test } from 'vitest'
import type { CoreTime } from './cores.ts'
import { Pinning } from './pinning.ts'

/** On two cores with two engines; the clock and the cores stand still until they are told otherwise. */
function onTwoCores() {
  let nowMs = 0
  let times = new Map<number, CoreTime>([0, 1].map((core) => [core, { all: 0, others: 0 }]))
  const pinning = new Pinning(2, { cores: [0, 1], times: () => times, now: () => nowMs })
  const give = (count: number, to: 'realtime' | 'job', atWork: number) => {
    for (let index = 0; index < count; index += 1) pinning.noteGiven(to, atWork, 2)
    return pinning.isOn
  }
  return {
    pinning,
    full: (count: number) => give(count, 'realtime', 2),
    lone: (count: number) => give(count, 'realtime', 1),
    job: () => give(1, 'job', 2),
    /** Time passes, a part of which others had of the second core. */
    pass(seconds: number, others: number) {
      nowMs += seconds * 1000
      const ticks = (core: number, part: number): CoreTime => ({
        all: times.get(core)!.all + seconds * 100,
        others: times.get(core)!.others + seconds * 100 * part,
      })
      times = new Map([
        [0, ticks(0, 0.1)],
        [1, ticks(1, others)],
      ])
    },
  }
}

describe('engines are pinned', () => {
  test('when pictures on request have kept all of them at work for a while', () => {
    const { full } = onTwoCores()
    expect([full(31), full(1), full(1000)]).toEqual([false, true, true])
  })

  test('also when now and then one of them has nothing to do for a moment', () => {
    const { full, lone } = onTwoCores()
    for (let times = 0; times < 10; times += 1) {
      full(8)
      lone(1)
    }
    expect(full(1)).toBe(true)
  })

  test('not by one picture after another', () => {
    const { full, lone } = onTwoCores()
    expect(lone(1000)).toBe(false)
    expect(full(31)).toBe(false)
    lone(1000)
    expect(full(31)).toBe(false)
  })

  test('not while jobs are carried out, nor soon after', () => {
    const { full, job } = onTwoCores()
    full(31)
    expect([job(), full(256 + 31), full(1)]).toEqual([false, false, true])
  })
})

describe('pinned engines are let go', () => {
  test('by the first job', () => {
    const { full, job } = onTwoCores()
    expect([full(32), job()]).toEqual([true, false])
  })

  test('when pictures come one after another', () => {
    const { full, lone } = onTwoCores()
    expect([full(32), lone(15), lone(1), full(31)]).toEqual([true, true, false, false])
  })

  test('for long, when another program wants one of the cores', () => {
    const { full, pass } = onTwoCores()
    full(32)
    pass(0.9, 1)
    expect(full(1)).toBe(true)
    pass(0.2, 1)
    expect([full(1), full(2_048 + 31), full(1)]).toEqual([false, false, true])
  })

  test('as long for others also when jobs come meanwhile', () => {
    const { full, job, pass } = onTwoCores()
    full(32)
    pass(1.1, 1)
    full(1)
    expect([job(), full(2_048 + 31), full(1)]).toEqual([false, false, true])
  })

  test('not by a program that takes some of a core', () => {
    const { full, pass } = onTwoCores()
    full(32)
    for (let second = 0; second < 5; second += 1) {
      pass(1, 0.45)
      expect(full(50)).toBe(true)
    }
  })

  test('not by what other programs did while nobody asked for pictures', () => {
    const { full, lone, pass } = onTwoCores()
    full(32)
    pass(5, 1)
    expect([lone(1), full(50)]).toEqual([true, true])
    pass(2, 0.1)
    expect(full(1)).toBe(true)
  })
})

describe('cores', () => {
  test('each engine has one of its own, and who comes in the place of another has its core', () => {
    const pinning = new Pinning(3, { cores: [0, 2, 5] })
    expect([pinning.take(), pinning.take(), pinning.take()]).toEqual([0, 2, 5])
    pinning.giveBack(2)
    expect(pinning.take()).toBe(2)
  })

  test('more engines than cores share them evenly', () => {
    const pinning = new Pinning(5, { cores: [0, 1] })
    expect([1, 2, 3, 4, 5].map(() => pinning.take())).toEqual([0, 1, 0, 1, 0])
  })

  test.each([
    ['fewer engines than cores', 2, [0, 1, 2]],
    ['one core', 1, [0]],
    ['a system that does not say', 2, []],
  ])('with %s nobody is pinned', (_what, engines, cores) => {
    const pinning = new Pinning(engines, { cores })
    expect(pinning.take()).toBeNull()
    pinning.giveBack(null)
    for (let index = 0; index < 100; index += 1) pinning.noteGiven('realtime', engines, engines)
    expect(pinning.isOn).toBe(false)
  })

  test('without figures of the cores only jobs and lone pictures let engines go', () => {
    let nowMs = 0
    const pinning = new Pinning(2, { cores: [0, 1], times: () => new Map(), now: () => nowMs })
    for (let index = 0; index < 100; index += 1) {
      nowMs += 500
      pinning.noteGiven('realtime', 2, 2)
    }
    expect(pinning.isOn).toBe(true)
    expect(pinning.noteGiven('job', 2, 2)).toBe(true)
    expect(pinning.isOn).toBe(false)
  })
})
