import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { extFilter, startNode } from '../../test/support/workflows.ts'
import type { ExtFilter } from '../wire/index.ts'
import { cosHeadersOf, kindsOfFile, matches } from './index.ts'

const upload = (key: string, contentType = 'application/octet-stream') => ({ key, contentType })

test.each<[string | null, string, boolean]>([
  [null, 'cat.png', true],
  ['/', 'a/b/cat.png', true],
  ['raw/', 'raw/cat.png', true],
  ['raw/', 'rawcat.png', false],
  ['raw/', 'x/raw/cat.png', false],
  ['raw/', 'Raw/cat.png', false],
  ['raw', 'rawcat.png', true],
  ['/wk-test', 'wk-test/game.mp4', true],
  // One slash counts for nothing; the second belongs to the key.
  ['//raw', 'raw/cat.png', false],
  ['//raw', '/raw/cat.png', true],
  ['图/', '图/猫.png', true],
])('prefix %s and key %s: %s', (objectPrefix, key, does) => {
  expect(matches(startNode({ objectPrefix }), upload(key))).toBe(does)
})

describe('the filter', () => {
  const passes = (filter: Partial<ExtFilter> | null, key: string, contentType?: string): boolean =>
    matches(startNode({ objectPrefix: null, extFilter: filter && extFilter(filter) }), upload(key, contentType))

  test.each<[Partial<ExtFilter> | null, string, boolean]>([
    [null, 'notes.txt', true],
    [{ state: 'Off', image: true }, 'notes.txt', true],
    [{ allFile: true, video: true }, 'notes.txt', true],
    [{ image: true }, 'a/CAT.PNG', true],
    [{ image: true }, 'notes.txt', false],
    [{ image: true }, 'png', false],
    [{ image: true }, 'a.png/notes', false],
    [{ image: true }, 'cat.png.bak', false],
    [{ image: true, video: true }, 'film.mp4', true],
    [{ video: true }, 'cat.png', false],
    [{ audio: true }, 'song.mp3', true],
    [{ custom: true, customExts: ['psd', '.RAW'] }, 'x.PSD', true],
    [{ custom: true, customExts: ['psd', '.RAW'] }, 'x.raw', true],
    [{ custom: true, customExts: ['psd'] }, 'x.png', false],
    [{ custom: false, customExts: ['psd'], image: true }, 'x.psd', false],
    [{ custom: true, customExts: ['psd'], image: true }, 'x.png', true],
  ])('%o and %s: %s', (filter, key, does) => {
    expect(passes(filter, key)).toBe(does)
  })

  test.each<[Partial<ExtFilter>, string, boolean]>([
    [{ contentType: true }, 'image/png', true],
    [{ contentType: true }, 'VIDEO/mp4', true],
    [{ contentType: true }, 'text/plain', false],
    [{ contentType: true }, '', false],
    [{ contentType: true, image: true }, 'image/x-anything', true],
    [{ contentType: true, image: true }, 'video/mp4', false],
    [{ image: true }, 'image/png', false],
  ])('%o and content type %s: %s', (filter, contentType, does) => {
    expect(passes(filter, 'no-extension', contentType)).toBe(does)
  })

  test('a kind of file has its extensions in lower case, and none is of two kinds', () => {
    const all = Object.values(kindsOfFile).flat()
    expect(all.map((extension) => extension.toLowerCase())).toEqual(all)
    expect(new Set(all).size).toBe(all.length)
  })

  test('the page about workflows lists these extensions', () => {
    const page = readFileSync(new URL('../../docs/design/workflows.md', import.meta.url), 'utf8')
    for (const [kind, extensions] of Object.entries(kindsOfFile)) {
      const name = kind[0]!.toUpperCase() + kind.slice(1)
      expect(page).toContain(`| \`${name}\` | ${extensions.join(', ')} |`)
    }
  })
})

test('what is said of an upload: the four of the official samples, then its metadata in alphabetical order', () => {
  expect(
    cosHeadersOf({
      contentType: 'image/png',
      requestId: 'Njc1',
      eventName: 'cos:ObjectCreated:Put',
      size: 184_320,
      headers: { 'x-cos-meta-b': '2', 'cache-control': 'no-store', 'x-cos-meta-a': '1' },
    }),
  ).toEqual([
    { key: 'Content-Type', value: 'image/png' },
    { key: 'x-cos-request-id', value: 'Njc1' },
    { key: 'EventName', value: 'cos:ObjectCreated:Put' },
    { key: 'Size', value: '184320' },
    { key: 'x-cos-meta-a', value: '1' },
    { key: 'x-cos-meta-b', value: '2' },
  ])
})

test('metadata is told in the characters that the client meant, where its bytes say which', () => {
  const bytesOf = (text: string) => Buffer.from(text).toString('latin1')
  const headers = { 'x-cos-meta-cat': bytesOf('猫'), 'x-cos-meta-old': 'caf\xe9' }
  const told = cosHeadersOf({
    contentType: bytesOf('image/png; name=猫.png'),
    requestId: 'Njc1',
    eventName: 'cos:ObjectCreated:Put',
    size: 1,
    headers,
  })
  expect(told.map(({ value }) => value)).toEqual([
    'image/png; name=猫.png',
    'Njc1',
    'cos:ObjectCreated:Put',
    '1',
    '猫',
    'caf\xe9',
  ])
})
