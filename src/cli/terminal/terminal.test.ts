import { describe, expect, test } from 'vitest'
import { bar } from './bar.ts'
import { LiveLines } from './live-lines.ts'
import { printable } from './printable.ts'
import { table } from './table.ts'
import { shownDuration, shownTime } from './times.ts'
import { branches } from './tree.ts'
import { cut, width } from './width.ts'

test.each([
  ['raw/cat.png', 'raw/cat.png'],
  ['a\u001b[2Jb', 'a\\x1b[2Jb'],
  ['line\r\nline\ttab', 'line\\x0d\\x0aline\\x09tab'],
  ['\u009b31m\u202egnp.tac', '\\x9b31m\\u202egnp.tac'],
  ['缩略图 ü 🙂', '缩略图 ü 🙂'],
])('%j is written to a terminal as %j', (text, shown) => {
  expect(printable(text)).toBe(shown)
})

test.each([
  ['abc', 3],
  ['缩略图', 6],
  ['ü', 1],
  ['u\u0308', 1],
  ['🙂', 2],
  ['─█', 2],
])('%s takes %i columns', (text, columns) => {
  expect(width(text)).toBe(columns)
})

test('a text is cut to columns, not to characters', () => {
  expect(cut('abcdef', 6)).toBe('abcdef')
  expect(cut('abcdef', 5)).toBe('abcd…')
  expect(cut('缩略图', 5)).toBe('缩略…')
  expect(cut('缩略图', 4)).toBe('缩…')
})

test('columns are as wide as what stands in them', () => {
  expect(
    table([
      ['ID', 'NAME'],
      ['w1', '缩略图'],
      ['long', 'b'],
    ]),
  ).toBe('ID    NAME\nw1    缩略图\nlong  b\n')
  expect(
    table([
      ['a', 'x', '1'],
      ['缩', 'y', '2'],
    ]),
  ).toBe('a   x  1\n缩  y  2\n')
})

test('a tree with its branches', () => {
  const leaf = (value: string) => ({ value, below: [] })
  const root = {
    value: 'r',
    below: [{ value: 'a', below: [leaf('b'), { value: 'c', below: [leaf('d')] }] }, leaf('e')],
  }
  expect(branches(root).map(({ lead, value }) => lead + value)).toEqual([
    'r',
    '├─ a',
    '│  ├─ b',
    '│  └─ c',
    '│     └─ d',
    '└─ e',
  ])
})

test.each([
  [0, '< 1 s'],
  [-5, '< 1 s'],
  [499, '< 1 s'],
  [500, '1 s'],
  [59_499, '59 s'],
  [59_999, '1 min 0 s'],
  [185_000, '3 min 5 s'],
  [3_599_600, '1 h 0 min'],
  [7_800_000, '2 h 10 min'],
  [86_400_000 * 3 + 4 * 3_600_000, '3 d 4 h'],
])('%i ms are %s', (ms, shown) => {
  expect(shownDuration(ms)).toBe(shown)
})

test('a moment in the zone of this machine', () => {
  expect(shownTime(new Date(2026, 2, 2, 9, 5, 7).getTime())).toBe('2026-03-02 09:05:07')
})

test('a bar is full at the end only', () => {
  expect(bar(0)).toBe('░'.repeat(24))
  expect(bar(0.999)).toBe(`${'█'.repeat(23)}░`)
  expect(bar(1)).toBe('█'.repeat(24))
  expect(bar(7)).toBe('█'.repeat(24))
})

describe('lines that are written over', () => {
  const screen = (size: { columns: number; rows: number }) => {
    const written: string[] = []
    return { out: { isTTY: true, ...size, write: (text: string) => written.push(text) }, written }
  }

  test('are written once while nothing changes', () => {
    const { out, written } = screen({ columns: 80, rows: 24 })
    const lines = new LiveLines(out)
    lines.show(['a', 'b'])
    lines.show(['a', 'b'])
    lines.show(['a', 'c', 'd'])
    expect(written).toEqual(['\r\x1b[Ka\n\r\x1b[Kb\n\x1b[J', '\x1b[2A\r\x1b[Ka\n\r\x1b[Kc\n\r\x1b[Kd\n\x1b[J'])
  })

  test('on a terminal that does not know its size', () => {
    const { out, written } = screen({ columns: 0, rows: 0 })
    new LiveLines(out).show(['a'])
    expect(written).toEqual(['\r\x1b[Ka\n\x1b[J'])
  })

  test('never wrap and never scroll', () => {
    const { out, written } = screen({ columns: 10, rows: 5 })
    new LiveLines(out).show(['0123456789', ...'abcdef'])
    expect(written).toEqual([
      `${['01234567…', 'a', 'b', '… 4 more'].map((line) => `\r\x1b[K${line}\n`).join('')}\x1b[J`,
    ])
  })
})
