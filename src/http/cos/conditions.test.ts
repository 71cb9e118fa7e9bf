import type { IncomingHttpHeaders } from 'node:http'
import { expect, test } from 'vitest'
import { type ConditionOutcome, conditionsOf, ifRangeHolds } from './conditions.ts'

const changedAt = Date.UTC(2026, 0, 1, 12, 0, 0)
// A fraction of a second that no HTTP date can carry.
const object = { etag: 'abc', lastModified: changedAt + 400 }
const date = (ms: number) => new Date(ms).toUTCString()
const before = date(changedAt - 1_000)
const same = date(changedAt)
const after = date(changedAt + 1_000)

test.each<[IncomingHttpHeaders, ConditionOutcome]>([
  [{}, 'holds'],
  [{ 'if-match': '"abc"' }, 'holds'],
  [{ 'if-match': 'abc' }, 'holds'],
  [{ 'if-match': 'W/"abc"' }, 'holds'],
  [{ 'if-match': '"x", "abc"' }, 'holds'],
  [{ 'if-match': '*' }, 'holds'],
  [{ 'if-match': '"x"' }, 'failed'],
  [{ 'if-match': '' }, 'holds'],
  [{ 'if-none-match': '"abc"' }, 'not-modified'],
  [{ 'if-none-match': '*' }, 'not-modified'],
  [{ 'if-none-match': '"x"' }, 'holds'],
  [{ 'if-modified-since': before }, 'holds'],
  [{ 'if-modified-since': same }, 'not-modified'],
  [{ 'if-modified-since': after }, 'not-modified'],
  [{ 'if-modified-since': 'nonsense' }, 'holds'],
  [{ 'if-modified-since': '1' }, 'holds'],
  [{ 'if-unmodified-since': before }, 'failed'],
  [{ 'if-unmodified-since': same }, 'holds'],
  [{ 'if-unmodified-since': after }, 'holds'],
  [{ 'if-match': '"abc"', 'if-unmodified-since': before }, 'holds'],
  [{ 'if-match': '"x"', 'if-unmodified-since': after }, 'failed'],
  [{ 'if-none-match': '"x"', 'if-modified-since': after }, 'holds'],
  [{ 'if-none-match': '"abc"', 'if-modified-since': before }, 'not-modified'],
  [{ 'if-match': '"x"', 'if-none-match': '"abc"' }, 'failed'],
  [{ 'if-match': '"abc"', 'if-none-match': '"abc"' }, 'not-modified'],
])('%j comes to "%s"', (headers, outcome) => expect(conditionsOf(headers, object)).toBe(outcome))

test('dates say nothing of what may change without another date', () => {
  const dateless = { etag: 'abc', lastModified: null }
  expect(conditionsOf({ 'if-modified-since': after }, dateless)).toBe('holds')
  expect(conditionsOf({ 'if-unmodified-since': before }, dateless)).toBe('holds')
  expect(conditionsOf({ 'if-none-match': '"abc"', 'if-modified-since': before }, dateless)).toBe('not-modified')
  expect([ifRangeHolds(same, dateless), ifRangeHolds('"abc"', dateless)]).toEqual([false, true])
})

test.each([
  [undefined, true],
  ['', true],
  ['"abc"', true],
  ['"x"', false],
  [same, true],
  [before, false],
])('If-Range %s: %s', (header, holds) => expect(ifRangeHolds(header, object)).toBe(holds))
