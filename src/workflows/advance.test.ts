import { describe, expect, test } from 'vitest'
import { topologyOf } from '../../test/support/workflows.ts'
import type { JobState } from '../jobs/index.ts'
import { nextNodes, runStateOf } from './index.ts'

const tree = topologyOf({ Start: ['a', 'b'], a: ['c', 'd'], b: ['End'], c: ['e'] })
const tasks = (states: Record<string, JobState>) => Object.entries(states).map(([node, state]) => ({ node, state }))

test.each<[string, Record<string, JobState>, [string, string | null][]]>([
  [
    'at the beginning, those behind Start',
    {},
    [
      ['a', null],
      ['b', null],
    ],
  ],
  ['while both run, none', { a: 'Running', b: 'Submitted' }, []],
  [
    'after a success, those behind it',
    { a: 'Success', b: 'Running' },
    [
      ['c', 'a'],
      ['d', 'a'],
    ],
  ],
  ['none that has been started', { a: 'Success', b: 'Running', c: 'Submitted' }, [['d', 'a']]],
  ['behind a failed one, none', { a: 'Failed', b: 'Success' }, []],
  ['behind a cancelled one, none', { a: 'Cancel', b: 'Success' }, []],
  ['further down', { a: 'Success', b: 'Success', c: 'Success', d: 'Failed' }, [['e', 'c']]],
  ['at the end, none', { a: 'Success', b: 'Success', c: 'Success', d: 'Success', e: 'Success' }, []],
])('what starts next: %s', (_when, states, next) => {
  expect(nextNodes(tree, tasks(states)).map(({ node, after }) => [node.name, after])).toEqual(next)
})

describe('a node that waits for several', () => {
  const join = topologyOf({ Start: ['a', 'b'], a: ['c'], b: ['c'] })
  test.each<[Record<string, JobState>, string[]]>([
    [{ a: 'Success', b: 'Running' }, []],
    [{ a: 'Success', b: 'Failed' }, []],
    [{ a: 'Success', b: 'Success' }, ['c']],
  ])('%o', (states, next) => {
    expect(nextNodes(join, tasks(states)).map(({ node }) => node.name)).toEqual(next)
  })
})

test.each<[Record<string, JobState>, string]>([
  [{}, 'Running'],
  [{ a: 'Success', b: 'Success' }, 'Running'],
  [{ a: 'Failed', b: 'Running' }, 'Running'],
  [{ a: 'Failed', b: 'Submitted' }, 'Running'],
  [{ a: 'Failed', b: 'Success' }, 'Failed'],
  [{ a: 'Failed', b: 'Cancel' }, 'Failed'],
  [{ a: 'Cancel', b: 'Success' }, 'Cancel'],
  [{ a: 'Success', b: 'Success', c: 'Success', d: 'Success' }, 'Running'],
  [{ a: 'Success', b: 'Success', c: 'Success', d: 'Success', e: 'Success' }, 'Success'],
  [{ a: 'Success', b: 'Success', c: 'Failed', d: 'Success' }, 'Failed'],
])('the state of a run with %o is %s', (states, state) => {
  expect(runStateOf(tree, tasks(states))).toBe(state)
})
