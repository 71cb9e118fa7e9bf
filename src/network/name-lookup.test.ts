import type { LookupAddress } from 'node:dns'
import { describe, expect, test } from 'vitest'
import { boundedLookup, systemLookup } from './name-lookup.ts'

/** A resolver that answers when the test says so. */
function resolverInHand() {
  const asked: { name: string; answer(addresses: LookupAddress[]): void; fail(code?: string): void }[] = []
  const ask = (name: string) =>
    new Promise<LookupAddress[]>((resolve, reject) => {
      const fail = (code = 'EAI_AGAIN') => reject(Object.assign(new Error('the name server is away'), { code }))
      asked.push({ name, answer: resolve, fail })
    })
  return { asked, ask }
}
const there: LookupAddress[] = [{ address: '10.0.0.5', family: 4 }]
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('look-ups of one name at the same time are one, and the next is a new one', async () => {
  const { asked, ask } = resolverInHand()
  const lookUp = boundedLookup(ask, { maxAtOnce: 2 })
  const both = Promise.all([lookUp('a.test'), lookUp('a.test')])
  expect(asked).toHaveLength(1)
  asked[0]!.answer([{ address: '10.0.0.5', family: 4 }])
  expect(await both).toEqual([[{ address: '10.0.0.5', family: 4 }], [{ address: '10.0.0.5', family: 4 }]])
  void lookUp('a.test')
  expect(asked).toHaveLength(2)
})

test('no more than the limit are asked at once; one that fails lets the next in', async () => {
  const { asked, ask } = resolverInHand()
  const lookUp = boundedLookup(ask, { maxAtOnce: 2 })
  const [a, , c] = ['a', 'b', 'c', 'd'].map((name) => lookUp(name))
  expect(asked.map(({ name }) => name)).toEqual(['a', 'b'])
  asked[0]!.fail()
  await expect(a).rejects.toThrow('away')
  await turn()
  expect(asked.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  asked[2]!.answer([])
  await c
  await turn()
  expect(asked.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd'])
})

describe('a look-up that hangs', () => {
  /** Any time is too long for it. */
  const bounds = { maxAtOnce: 2, patienceMs: 1 }

  /** Names that were found, and hang from now on: the look-ups of the first two fill both places. */
  async function hanging(...names: string[]) {
    const { asked, ask } = resolverInHand()
    const lookUp = boundedLookup(ask, bounds)
    for (const name of names) {
      const first = lookUp(name)
      asked.at(-1)!.answer(there)
      await first
    }
    asked.length = 0
    return { asked, lookUp }
  }

  test('is no reason to wait for a name that was found before, and ends by itself', async () => {
    const { asked, lookUp } = await hanging('a')
    expect(await lookUp('a')).toEqual(there)
    // Whoever comes meanwhile joins it, and has the last answer too.
    expect(await lookUp('a')).toEqual(there)
    expect(asked).toHaveLength(1)
    asked[0]!.answer([{ address: '10.0.0.6', family: 4 }])
    await turn()
    const next = lookUp('a')
    expect(asked).toHaveLength(2)
    asked[1]!.answer([{ address: '10.0.0.7', family: 4 }])
    expect(await next).toEqual([{ address: '10.0.0.7', family: 4 }])
  })

  test('holds nobody up that was found before, though all places are taken', async () => {
    const { asked, lookUp } = await hanging('a', 'b', 'well')
    expect(await Promise.all(['a', 'b', 'well'].map(lookUp))).toEqual([there, there, there])
    expect(asked.map(({ name }) => name)).toEqual(['a', 'b'])
  })

  test('leaves a place to the others the next time, and is tried again beside them', async () => {
    const { asked, lookUp } = await hanging('a', 'b', 'c')
    await Promise.all([lookUp('a'), lookUp('b')])
    for (const one of asked.splice(0)) one.fail()
    await turn()
    for (const name of ['a', 'b', 'new', 'newer']) void lookUp(name)
    expect(asked.map(({ name }) => name)).toEqual(['a', 'new'])
    // As soon as one that hung has ended, the next of them has its turn, and only then.
    asked[1]!.answer(there)
    await turn()
    expect(asked.map(({ name }) => name)).toEqual(['a', 'new', 'newer'])
    asked[0]!.answer(there)
    await turn()
    expect(asked.map(({ name }) => name)).toEqual(['a', 'new', 'newer', 'b'])
  })
})

describe('names that wait behind look-ups that hang', () => {
  test('are asked for elsewhere, and those that hung the last time are not', async () => {
    const { asked, ask } = resolverInHand()
    const others = resolverInHand()
    let wasAsked = (): void => undefined
    const elsewhere = (name: string) => {
      const answer = others.ask(name)
      wasAsked()
      return answer
    }
    const askedElsewhere = () =>
      new Promise<void>((resolve) => {
        wasAsked = resolve
      })
    const lookUp = boundedLookup(ask, { maxAtOnce: 2, patienceMs: 1, elsewhere })
    const hanging = ['a', 'b'].map((name) => lookUp(name).catch(() => undefined))
    const first = askedElsewhere()
    const found = lookUp('well')
    await first
    expect(others.asked.map(({ name }) => name)).toEqual(['well'])
    others.asked[0]!.answer(there)
    expect(await found).toEqual(there)

    for (const one of asked.splice(0)) one.fail()
    await Promise.all(hanging)
    // One of these has a place, and the other waits for it; who comes after them has the other place.
    for (const name of ['a', 'b', 'c', 'd']) void lookUp(name).catch(() => undefined)
    await askedElsewhere()
    expect(asked.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(others.asked.map(({ name }) => name)).toEqual(['well', 'd'])
  })

  test('have a place of their own again when somebody leaves one', async () => {
    const { asked, ask } = resolverInHand()
    const others = resolverInHand()
    const lookUp = boundedLookup(ask, { maxAtOnce: 2, patienceMs: 600_000, elsewhere: others.ask })
    const [a] = ['a', 'b', 'c'].map((name) => lookUp(name))
    asked[0]!.answer(there)
    await a
    await turn()
    expect(asked.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    expect(others.asked).toEqual([])
    asked[2]!.answer(there)
  })
})

test('a name that was found is what it was while nobody can tell, and gone when it is said to be', async () => {
  const { asked, ask } = resolverInHand()
  const lookUp = boundedLookup(ask, { maxAtOnce: 2 })
  const outcome = async (end: (one: (typeof asked)[number]) => void) => {
    const answer = lookUp('a')
    end(asked.at(-1)!)
    return answer.catch((error: NodeJS.ErrnoException) => error.code)
  }
  expect(await outcome((one) => one.fail())).toBe('EAI_AGAIN')
  expect(await outcome((one) => one.answer(there))).toEqual(there)
  expect(await outcome((one) => one.fail())).toEqual(there)
  expect(await outcome((one) => one.fail('ENOTFOUND'))).toBe('ENOTFOUND')
  expect(await outcome((one) => one.fail())).toBe('EAI_AGAIN')
})

test('the system knows localhost', async () => {
  const addresses = await systemLookup()('localhost')
  expect(addresses.map(({ address }) => address)).toContain('127.0.0.1')
})
