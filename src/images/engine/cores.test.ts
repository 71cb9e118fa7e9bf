import { expect, test } from 'vitest'
import { Cores, coresOf } from './cores.ts'

test('each engine has a core of its own, and who comes in the place of another has its core', () => {
  const cores = new Cores(3, [0, 2, 5])
  expect([cores.take(), cores.take(), cores.take()]).toEqual([0, 2, 5])
  cores.giveBack(2)
  expect(cores.take()).toBe(2)
})

test('more engines than cores share them evenly', () => {
  const cores = new Cores(5, [0, 1])
  expect([cores.take(), cores.take(), cores.take(), cores.take(), cores.take()]).toEqual([0, 1, 0, 1, 0])
})

test('fewer engines than cores keep to none, nor does anybody where the system does not say which there are', () => {
  const few = new Cores(2, [0, 1, 2])
  expect([few.take(), few.take()]).toEqual([null, null])
  few.giveBack(null)
  expect(new Cores(2, []).take()).toBeNull()
})

test.each([
  ['0', [0]],
  ['0-1', [0, 1]],
  ['0-2,8,10-11', [0, 1, 2, 8, 10, 11]],
  ['', []],
])('the list %j', (list, cores) => {
  expect(coresOf(list)).toEqual(cores)
})
