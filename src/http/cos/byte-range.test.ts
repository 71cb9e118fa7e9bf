import { expect, test } from 'vitest'
import { byteRange } from './byte-range.ts'

test.each([
  ['bytes=0-0', { start: 0, end: 0 }],
  ['bytes=2-4', { start: 2, end: 4 }],
  ['bytes=9-9', { start: 9, end: 9 }],
  ['bytes=5-', { start: 5, end: 9 }],
  ['bytes=5-100', { start: 5, end: 9 }],
  ['bytes=-3', { start: 7, end: 9 }],
  ['bytes=-100', { start: 0, end: 9 }],
  ['Bytes = 1 - 2', { start: 1, end: 2 }],
  [undefined, null],
  ['', null],
  ['bytes=0-1,3-4', null],
  ['bytes=4-2', null],
  ['bytes=-', null],
  ['bytes=a-b', null],
  ['items=0-1', null],
])('%s of ten bytes is %j', (header, range) => expect(byteRange(header, 10)).toEqual(range))

test.each([
  ['bytes=10-', 10],
  ['bytes=10-20', 10],
  ['bytes=-0', 10],
  ['bytes=0-', 0],
  ['bytes=-1', 0],
])('%s of %d bytes begins behind the end', (header, size) =>
  expect(() => byteRange(header, size)).toThrow(expect.objectContaining({ code: 'RangeInvalid', details: { size } })),
)
