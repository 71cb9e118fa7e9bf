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
/** Nothing hangs here, so nobody is asked. */
const nobodyElse = () => Promise.reject(new Error('it was asked elsewhere'))
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('look-ups of one name at the same time are one, and the next is a new one', async () => {
  const { asked, ask } = resolverInHand()
  const lookUp = boundedLookup(ask, { maxAtOnce: 2, patienceMs: 600_000, elsewhere: nobodyElse })
  const both = Promise.all([lookUp('a.test'), lookUp('a.test')])
  expect(asked).toHaveLength(1)
  asked[0]!.answer([{ address: '10.0.0.5', family: 4 }])
  expect(await both).toEqual([[{ address: '10.0.0.5', family: 4 }], [{ address: '10.0.0.5', family: 4 }]])
  void lookUp('a.test')
  expect(asked).toHaveLength(2)
})

test('no more than the limit are asked at once; one that fails lets the next in', async () => {
  const { asked, ask } = resolverInHand()
  const lookUp = boundedLookup(ask, { maxAtOnce: 2, patienceMs: 600_000, elsewhere: nobodyElse })
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
  /** Names that were found, and hang from now on: the look-ups of the first two fill both places. */
  async function hanging(...names: string[]) {
    const [here, others] = [resolverInHand(), resolverInHand()]
    // Any time is too long for it.
    const lookUp = boundedLookup(here.ask, { maxAtOnce: 2, patienceMs: 1, elsewhere: others.ask })
    for (const name of names) {
      const first = lookUp(name)
      here.asked.at(-1)!.answer(there)
      await first
    }
    here.asked.length = 0
    return { lookUp, here: here.asked, others: others.asked }
  }
  const namesOf = (asked: readonly { name: string }[]) => asked.map(({ name }) => name)

  test('is no reason to wait for a name that was found before', async () => {
    const { lookUp, here } = await hanging('a')
    expect(await lookUp('a')).toEqual(there)
    // Whoever comes meanwhile joins it, and has the last answer too.
    expect(await lookUp('a')).toEqual(there)
    expect(namesOf(here)).toEqual(['a'])
    const newer = [{ address: '10.0.0.6', family: 4 }] as const
    here[0]!.answer([...newer])
    await turn()
    expect(await lookUp('a')).toEqual(newer)
  })

  test('holds nobody up that was found before, though all places are taken', async () => {
    const { lookUp, here } = await hanging('a', 'b', 'well')
    expect(await Promise.all(['a', 'b', 'well'].map(lookUp))).toEqual([there, there, there])
    expect(namesOf(here)).toEqual(['a', 'b'])
  })

  test('is made elsewhere the next time, until it does not hang any more', async () => {
    const { lookUp, here, others } = await hanging('a', 'b')
    await Promise.all([lookUp('a'), lookUp('b')])
    for (const one of here.splice(0)) one.fail()
    await turn()
    const [a] = ['a', 'b', 'new', 'newer'].map((name) => lookUp(name))
    expect([namesOf(here), namesOf(others)]).toEqual([
      ['new', 'newer'],
      ['a', 'b'],
    ])
    // Answered before any time has passed.
    others[0]!.answer(there)
    await a
    here[0]!.answer(there)
    await turn()
    void lookUp('a')
    expect(namesOf(here)).toEqual(['new', 'newer', 'a'])
  })

  test('is no reason to wait behind it: who does is asked for elsewhere', async () => {
    const [here, others] = [resolverInHand(), resolverInHand()]
    let wasAsked = (): void => undefined
    const askedElsewhere = new Promise<void>((resolve) => {
      wasAsked = resolve
    })
    const elsewhere = (name: string) => {
      wasAsked()
      return others.ask(name)
    }
    const lookUp = boundedLookup(here.ask, { maxAtOnce: 2, patienceMs: 1, elsewhere })
    for (const name of ['a', 'b']) void lookUp(name)
    const found = lookUp('well')
    await askedElsewhere
    others.asked[0]!.answer(there)
    expect(await found).toEqual(there)
    expect([namesOf(here.asked), namesOf(others.asked)]).toEqual([['a', 'b'], ['well']])
    // Both hang by now: who comes later does not even wait for that to show.
    const next = lookUp('next')
    await turn()
    expect(namesOf(others.asked)).toEqual(['well', 'next'])
    others.asked[1]!.answer(there)
    expect(await next).toEqual(there)
    for (const one of here.asked.slice(0, 2)) one.answer(there)
    await turn()
    void lookUp('last')
    expect(namesOf(here.asked)).toEqual(['a', 'b', 'last'])
  })
})

test('a name that was found is what it was while nobody can tell, and gone when it is said to be', async () => {
  const { asked, ask } = resolverInHand()
  const lookUp = boundedLookup(ask, { maxAtOnce: 2, patienceMs: 600_000, elsewhere: nobodyElse })
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
