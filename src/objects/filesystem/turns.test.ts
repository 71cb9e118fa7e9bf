import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('so many run at once, the others in their order; one that fails gives its turn on', async () => {
  const turns = new Turns(2)
  const begun: number[] = []
  const ends: ((error?: Error) => void)[] = []
  const work = (n: number) =>
    turns.take(
      () =>
        new Promise<number>((resolve, reject) => {
          begun.push(n)
          ends[n] = (error) => (error === undefined ? resolve(n) : reject(error))
        }),
    )
  const all = [work(0), work(1), work(2), work(3)]
  expect(begun).toEqual([0, 1])
  ends[1]!(new Error('full'))
  await expect(all[1]).rejects.toThrow('full')
  expect(begun).toEqual([0, 1, 2])
  ends[0]!()
  await all[0]
  expect(begun).toEqual([0, 1, 2, 3])
  ends[2]!()
  ends[3]!()
  expect(await Promise.all([all[2], all[3]])).toEqual([2, 3])
  const later = work(4)
  expect(begun).toHaveLength(5)
  ends[4]!()
  await later
})
