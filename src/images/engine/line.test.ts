import { expect, test } from 'vitest'
import { Line, type RequestClass } from './line.ts'

interface Waiting {
  readonly class: RequestClass
  readonly name: string
}

function served(line: Line<Waiting>, jobsElsewhere = false): string {
  let names = ''
  for (let turn = line.turn(jobsElsewhere); turn !== null; turn = line.turn(jobsElsewhere)) {
    names += line.next(turn)?.name ?? '(fetched)'
    line.noteGiven(turn)
    if (names.length > 100) break
  }
  return names
}

function lineOf(realtime: string, jobs: string): Line<Waiting> {
  const line = new Line<Waiting>()
  for (const name of realtime) line.add({ class: 'realtime', name })
  for (const name of jobs) line.add({ class: 'job', name })
  return line
}

test('real-time gets three of every four slots while jobs wait', () => {
  expect(served(lineOf('abcdefgh', 'JKLM'))).toBe('abcJdefKghLM')
})

test('one class alone gets all', () => {
  expect(served(lineOf('abcdef', ''))).toBe('abcdef')
  expect(served(lineOf('', 'JKL'))).toBe('JKL')
})

test('every fourth slot is kept for jobs that have to be fetched', () => {
  expect(served(lineOf('abcdef', ''), true)).toBe('abc(fetched)def')
})

test('what is put back comes first, and what is removed never', () => {
  const line = lineOf('ab', '')
  const first = line.next('realtime')!
  const second = line.next('realtime')!
  line.add({ class: 'realtime', name: 'c' })
  line.putBack(second)
  line.putBack(first)
  expect(line.remove(second)).toBe(true)
  expect(line.remove(second)).toBe(false)
  expect(served(line)).toBe('ac')
})
