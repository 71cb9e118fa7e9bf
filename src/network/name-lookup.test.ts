import type { LookupAddress } from 'node:dns'
import { expect, test } from 'vitest'
import { boundedLookup, systemLookup } from './name-lookup.ts'

/** A resolver that answers when the test says so. */
function resolverInHand() {
  const asked: { name: string; answer(addresses: LookupAddress[]): void; fail(): void }[] = []
  const ask = (name: string) =>
    new Promise<LookupAddress[]>((resolve, reject) => {
      asked.push({ name, answer: resolve, fail: () => reject(new Error('the name server is away')) })
    })
  return { asked, ask }
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

test('look-ups of one name at the same time are one, and the next is a new one', async () => {
  const { asked, ask } = resolverInHand()
  const lookUp = boundedLookup(ask, 2)
  const both = Promise.all([lookUp('a.test'), lookUp('a.test')])
  expect(asked).toHaveLength(1)
  asked[0]!.answer([{ address: '10.0.0.5', family: 4 }])
  expect(await both).toEqual([[{ address: '10.0.0.5', family: 4 }], [{ address: '10.0.0.5', family: 4 }]])
  void lookUp('a.test')
  expect(asked).toHaveLength(2)
})

test('no more than the limit are asked at once; one that fails lets the next in', async () => {
  const { asked, ask } = resolverInHand()
  const lookUp = boundedLookup(ask, 2)
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

test('the system knows localhost', async () => {
  const addresses = await systemLookup()('localhost')
  expect(addresses.map(({ address }) => address)).toContain('127.0.0.1')
})
