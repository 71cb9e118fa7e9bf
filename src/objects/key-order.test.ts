import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterPrefix, compareKeys, groupOf } from './key-order.ts'

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
})

test('nothing lies between the texts of a prefix and the text after them', () => {
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const after = afterPrefix(prefix)
      if (after === null) expect([...prefix].every((character) => character === '\u{10ffff}')).toBe(true)
      else if (other.startsWith(prefix)) expect(compareKeys(other, after)).toBeLessThan(0)
      else if (compareKeys(other, prefix) > 0) expect(compareKeys(other, after)).toBeGreaterThanOrEqual(0)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['a/b/c', '', '/', 'a/'],
  ['a/b/c', 'a/', '/', 'a/b/'],
  ['a/b/c', 'a/b/c', '/', null],
  ['a/b/c', 'x', '/', null],
  ['a/b/c', '', '', null],
  ['a--b--c', 'a', '--', 'a--'],
  ['//', '/', '/', '//'],
])('"%s" with prefix "%s" and delimiter "%s" is told as %j', (key, prefix, delimiter, group) =>
  expect(groupOf(key, prefix, delimiter)).toBe(group),
)
