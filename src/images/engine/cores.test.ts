import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { allowedCores, coresOf, coreTimes } from './cores.ts'

test.each([
  ['0', [0]],
  ['0-1', [0, 1]],
  ['0-2,8,10-11', [0, 1, 2, 8, 10, 11]],
  ['', []],
])('the list %j', (list, cores) => {
  expect(coresOf(list)).toEqual(cores)
})

test('what cores did, from proc(5)', () => {
  const stat = [
    'cpu  110 40 30 1000 8 0 6 2 11 4',
    'cpu0 100 30 20 800 5 0 4 1 11 4',
    'cpu12 10 10 10 200 3 0 2 1 0 0',
    'intr 999 0 1',
    'ctxt 12',
  ].join('\n')
  expect([...coreTimes(stat)]).toEqual([
    [0, { all: 960, others: 100 }],
    [12, { all: 236, others: 10 }],
  ])
  expect(coreTimes('')).toEqual(new Map())
})

test.runIf(process.platform === 'linux')('this machine tells what it has', () => {
  const cores = allowedCores()
  expect(cores.length).toBeGreaterThanOrEqual(availableParallelism())
  for (const core of cores) expect(coreTimes().get(core)!.all).toBeGreaterThan(0)
})
