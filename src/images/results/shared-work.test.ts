import { expect, test } from 'vitest'
import { type Holdable, SharedWork } from './shared-work.ts'

class Held implements Holdable {
  holders = 1
  hold(): this {
    this.holders += 1
    return this
  }
  async letGo(): Promise<void> {
    this.holders -= 1
  }
}

/** Work whose end is decided by the test. */
function begun() {
  const held = new Held()
  const signals: AbortSignal[] = []
  const { promise, resolve, reject } = withResolvers<Held>()
  const begin = (signal: AbortSignal) => {
    signals.push(signal)
    return promise
  }
  return { held, signals, begin, succeed: () => resolve(held), fail: reject }
}

function withResolvers<Value>() {
  let resolve!: (value: Value) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

const never = new AbortController().signal

test('is done once for all who ask at the same time, and each holds the result', async () => {
  const work = new SharedWork<Held>()
  const { held, signals, begin, succeed } = begun()
  const all = [1, 2, 3].map(() => work.join('a', begin, never))
  succeed()
  expect(await Promise.all(all)).toEqual([held, held, held])
  expect(signals).toHaveLength(1)
  expect(held.holders).toBe(3)
})

test('is done again for whoever asks afterwards, and apart under another name', async () => {
  const work = new SharedWork<Held>()
  const first = begun()
  first.succeed()
  await work.join('a', first.begin, never)
  const [again, other] = [begun(), begun()]
  const both = [work.join('a', again.begin, never), work.join('b', other.begin, never)]
  again.succeed()
  other.succeed()
  expect(await Promise.all(both)).toEqual([again.held, other.held])
})

test('whoever leaves holds up nobody; when all have left, it is given up', async () => {
  const work = new SharedWork<Held>()
  const { held, signals, begin, succeed } = begun()
  const [one, two] = [new AbortController(), new AbortController()]
  const first = work.join('a', begin, one.signal)
  const second = work.join('a', begin, two.signal)
  one.abort(new Error('left'))
  await expect(first).rejects.toThrow('left')
  expect(signals[0]?.aborted).toBe(false)
  two.abort(new Error('left too'))
  await expect(second).rejects.toThrow('left too')
  expect(signals[0]?.aborted).toBe(true)
  // A result that comes all the same belongs to nobody, and somebody who asks now begins anew.
  const next = begun()
  const third = work.join('a', next.begin, never)
  succeed()
  next.succeed()
  expect(await third).toBe(next.held)
  expect([held.holders, next.held.holders]).toEqual([0, 1])
})

test('a failure is everybody’s', async () => {
  const work = new SharedWork<Held>()
  const { begin, fail } = begun()
  const all = [1, 2].map(() => work.join('a', begin, never))
  fail(new Error('broken'))
  for (const one of all) await expect(one).rejects.toThrow('broken')
})
