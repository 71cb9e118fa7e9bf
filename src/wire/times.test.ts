import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTime, readTime, renderTime, renderUtcTime } from './times.ts'

const ms = Date.UTC(2026, 2, 2, 2, 11, 12)

test('the three forms', () => {
  expect(renderTime(ms)).toBe('2026-03-02T10:11:12+0800')
  expect(renderTime(ms, 'extended')).toBe('2026-03-02T10:11:12+08:00')
  expect(renderTime(ms, 'spaced')).toBe('2026-03-02 10:11:12+0800')
  expect(renderTime(ms, 'basic', 0)).toBe('2026-03-02T02:11:12+0000')
  expect(renderTime(ms, 'extended', -210)).toBe('2026-03-01T22:41:12-03:30')
  expect(renderUtcTime(ms)).toBe('2026-03-02T02:11:12.000Z')
})

describe('reading', () => {
  test.each([
    '2026-03-02T10:11:12+0800',
    '2026-03-02T10:11:12+08:00',
    '2026-03-02T10:11:12 0800',
    '2026-03-02 10:11:12+0800',
    '2026-03-02T02:11:12Z',
    '2026-03-02T02:11:12.999Z',
    '2026-03-01T22:41:12-0330',
  ])('%s', (text) => expect(parseTime(text)).toBe(ms))

  test.each([
    '',
    'yesterday',
    '2026-03-02',
    '2026-03-02T10:11:12',
    '2026-02-30T10:11:12Z',
    '2026-03-02T24:00:00Z',
    '2026-13-02T10:11:12Z',
    '2026-03-02T10:11:12+9900',
    `${'1'.repeat(100_000)}`,
  ])('%.40s is no time', (text) => expect(parseTime(text)).toBeNull())

  test('a filter that is no time is refused by name', () => {
    expect(() => readTime('startCreationTime', 'today')).toThrow(/^startCreationTime is "today", expected a time/)
  })

  test('what is rendered is read as the same second', () => {
    const seconds = fc.integer({ min: 0, max: 4_000_000_000 })
    const form = fc.constantFrom('basic', 'extended', 'spaced')
    fc.assert(
      fc.property(seconds, form, fc.integer({ min: -839, max: 839 }), (s, f, offset) => {
        expect(parseTime(renderTime(s * 1000, f as 'basic', offset))).toBe(s * 1000)
      }),
    )
  })
})
