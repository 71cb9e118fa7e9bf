import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type BatchId, systemClock } from '../../../base/index.ts'
import { openSqliteInProcess } from '../../../database/sqlite/index.ts'
import { addressOf } from '../../../http/addressing.ts'
import { openFilesystemBlobStore } from '../../../objects/filesystem/index.ts'
import { type BlobStore, publishUpload } from '../../../objects/index.ts'
import type { BatchInput, TimeInterval } from '../../../wire/index.ts'
import type { InputReader, ListEntry, Place, Portion } from './input-reader.ts'
import { manifestReader } from './manifest-reader.ts'
import { openInput } from './open-input.ts'

const bucket = 'album-1250000000'
const host = `https://${bucket}.cos.ap-test.myqcloud.com`

let folder: string
let ledger: Awaited<ReturnType<typeof openSqliteInProcess>>
let blobs: BlobStore
let now = Date.UTC(2026, 2, 2)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-lists-'))
  ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db'), now: () => now })
  blobs = await openFilesystemBlobStore({ folder: join(folder, 'blobs'), clock: systemClock })
  await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
})
beforeEach(() => {
  now = Date.UTC(2026, 2, 2)
  ledger.exec('delete from objects')
})
afterAll(async () => {
  await ledger.close()
  await rm(folder, { recursive: true, force: true })
})

/** Objects without bytes, many at once: `raw/000000` and so on. */
function addObjects(count: number): string[] {
  ledger.exec(`
    with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < ${count})
    insert into objects (bucket, key, blob_id, size, etag, crc64, content_type, headers_json, version, request_id,
      event_name, origin, last_modified)
    select '${bucket}', 'raw/' || printf('%06d', i), 'b', 1, 'e', '0', 't', '{}', 'v', 'r', 'e', 'client', 5 from n`)
  return Array.from({ length: count }, (_, index) => `raw/${String(index).padStart(6, '0')}`)
}

const ports = () => ({
  objects: ledger.stores.objects,
  batches: ledger.stores.batches,
  blobs,
  bucketOfHost: (name: string) => addressOf(name).bucket,
})

async function put(key: string, content: string | Buffer): Promise<void> {
  await publishUpload(
    { objects: ledger.stores.objects, blobs },
    {
      bucket,
      key,
      contentType: 'application/octet-stream',
      headers: {},
      requestId: 'r',
      source: Readable.from(content.length === 0 ? [] : [Buffer.from(content as string)]),
    },
  )
}

function readerOf(input: BatchInput, timeInterval: TimeInterval = { startMs: null, endMs: null }): InputReader {
  return openInput(ports(), { id: 'b1' as BatchId, bucket, input, createdAt: now, timeInterval })
}

interface WholeList {
  readonly entries: ListEntry[]
  readonly keys: string[]
  readonly refusals: string[]
  readonly portions: Portion[]
}

/** Reads a list to its end, and each portion with a new reader when `anew`: as after a crash. */
async function readAll(make: () => InputReader, { limit = 25, anew = false } = {}): Promise<WholeList> {
  const portions: Portion[] = []
  let reader = make()
  let place: Place | null = null
  do {
    const portion: Portion = await reader.read(place, limit)
    expect(portion.entries.length).toBeLessThanOrEqual(limit)
    // Kept with the batch, as text.
    place = JSON.parse(JSON.stringify(portion.next)) as Place
    portions.push(portion)
    if (anew) {
      await reader.close()
      reader = make()
    }
  } while (!portions.at(-1)!.isLast)
  const length = await measured(reader)
  await reader.close()
  expect(portions.at(-1)!.read).toBe(length)
  const read = portions.map((portion) => portion.read)
  expect(read).toEqual([...read].sort((a, b) => a - b))
  const entries = portions.flatMap((portion) => portion.entries)
  return {
    entries,
    portions,
    keys: entries.flatMap((entry) => ('key' in entry ? [entry.key] : [])),
    refusals: entries.flatMap((entry) => ('refused' in entry ? [entry.refused.message] : [])),
  }
}

async function measured(reader: InputReader): Promise<number> {
  for (;;) {
    const length = await reader.measure()
    if (length !== null) return length
  }
}

describe('a prefix', () => {
  const prefixed = (value: string, interval?: TimeInterval) => () => readerOf({ kind: 'Prefix', value }, interval)

  test.each([
    ['raw/', ['raw/1.png', 'raw/2.png', 'raw/ünïcode 😀.png']],
    ['/raw/', ['raw/1.png', 'raw/2.png', 'raw/ünïcode 😀.png']],
    ['/', ['a.png', 'raw/1.png', 'raw/2.png', 'raw/ünïcode 😀.png', 'rawer.png']],
    ['raw/2', ['raw/2.png']],
    ['nothing/', []],
  ])('%s names what begins so, in the order of keys', async (prefix, keys) => {
    for (const key of ['rawer.png', 'raw/2.png', 'raw/1.png', 'a.png', 'raw/ünïcode 😀.png']) await put(key, 'x')
    expect((await readAll(prefixed(prefix))).keys).toEqual(keys)
    expect((await readAll(prefixed(prefix), { limit: 1, anew: true })).keys).toEqual(keys)
  })

  test('goes on where it stopped, over pages and for whoever comes after', async () => {
    const keys = addObjects(950)
    expect((await readAll(prefixed('raw/'), { limit: 33, anew: true })).keys).toEqual(keys)
  })

  test('what comes while it runs is for the next batch', async () => {
    for (const key of ['raw/1.png', 'raw/3.png']) await put(key, 'x')
    const make = prefixed('raw/')
    now += 1
    const reader = make()
    now += 1
    await put('raw/2.png', 'x')
    expect((await readAll(() => reader)).keys).toEqual(['raw/1.png', 'raw/3.png'])
  })

  test('the time interval is inclusive at both ends', async () => {
    const begin = now
    for (const index of [0, 1, 2, 3, 4]) {
      now = begin + index
      await put(`raw/${index}.png`, 'x')
    }
    now = begin + 10
    const interval = { startMs: begin + 1, endMs: begin + 3 }
    expect((await readAll(prefixed('raw/', interval))).keys).toEqual(['raw/1.png', 'raw/2.png', 'raw/3.png'])
  })

  test('a long stretch of nothing is passed in bounded pieces', async () => {
    addObjects(5_000)
    now += 1
    await put('raw/last', 'x')
    const { keys, portions } = await readAll(prefixed('raw/', { startMs: now, endMs: null }))
    expect(keys).toEqual(['raw/last'])
    expect(portions.map(({ read }) => read)).toEqual([1825, 3650, 5001])
  })
})

describe('one object', () => {
  test('is a list of one', async () => {
    await put('raw/cat.png', 'x')
    expect((await readAll(() => readerOf({ kind: 'Object', value: 'raw/cat.png' }))).keys).toEqual(['raw/cat.png'])
  })

  test('that is not there is told by its name', async () => {
    await expect(readerOf({ kind: 'Object', value: 'raw/dog.png' }).read(null, 25)).rejects.toMatchObject({
      code: 'ObjectNotFound',
      message: 'Input.Object is "raw/dog.png", and there is no such object.',
    })
  })
})

describe('a list of addresses', () => {
  const listed =
    (value = 'list.txt') =>
    () =>
      readerOf({ kind: 'UrlFile', value })

  async function read(content: string | Buffer, how = {}): Promise<WholeList> {
    await put('list.txt', content)
    return readAll(listed(), how)
  }

  test.each([
    [
      'addresses with the bucket in the host',
      `${host}/raw/a%20b.png\n${host}/raw/%C3%BC.png\n`,
      ['raw/a b.png', 'raw/ü.png'],
    ],
    ['addresses with the bucket in the path', `http://127.0.0.1:9000/${bucket}/raw/a.png`, ['raw/a.png']],
    [
      'signed addresses and rules',
      `${host}/a.png?sign=q-x%ff&imageMogr2/thumbnail/!50p\n${host}/b.png#c`,
      ['a.png', 'b.png'],
    ],
    ['dots that are no steps', `${host}/../a/./%2e%2e/b.png`, ['../a/./../b.png']],
    ['bare keys, taken as they stand', 'raw/a%20b.png\n raw/c d.png\n', ['raw/a%20b.png', ' raw/c d.png']],
    ['blank lines and carriage returns', '\r\n\n   \na.png\r\n\r\nb.png\r\n', ['a.png', 'b.png']],
    ['blanks around an address', `  ${host}/a.png \t\r\n`, ['a.png']],
    ['a byte order mark', `\ufeff${host}/a.png\n`, ['a.png']],
    ['no line end at the end', 'a.png\nb.png', ['a.png', 'b.png']],
    ['an empty file', '', []],
  ])('%s', async (_what, content, keys) => {
    const { keys: found, refusals } = await read(content)
    expect(refusals).toEqual([])
    expect(found).toEqual(keys)
  })

  test.each([
    [
      'a foreign host',
      'https://elsewhere.test/raw/a.png',
      'line 1: the address names the host "elsewhere.test" and no object of the bucket album-1250000000',
    ],
    [
      'a foreign host behind our name',
      `https://${bucket}.cos.ap-test.myqcloud.com@elsewhere.test/a.png`,
      'the host "elsewhere.test"',
    ],
    [
      'another bucket',
      'https://other-1250000000.cos.ap-test.myqcloud.com/a.png',
      'no object of the bucket album-1250000000',
    ],
    [
      'an address inside of a private network',
      'http://169.254.169.254/latest/meta-data',
      'nothing is fetched from elsewhere',
    ],
    ['bad percent-encoding', `${host}/raw/%zz.png`, 'line 1: "raw/%zz.png" is not percent-encoded UTF-8.'],
    ['encoded bytes that are not UTF-8', `${host}/raw/%ff.png`, 'is not percent-encoded UTF-8'],
    ['an address without a key', `${host}/`, 'line 1: the object key is empty.'],
    ['a key with a control character', 'raw/\u0001.png', 'the object key holds U+0001'],
    ['a key that is too long', 'x'.repeat(851), 'the object key has 851 bytes'],
    ['bytes that are no text', Buffer.from([0x61, 0xff, 0x62]), 'line 1 is not UTF-8.'],
    ['a line that is too long', 'x'.repeat(8_193), 'line 1 is longer than 8192 bytes.'],
  ])('%s is refused by line, and the next line goes on', async (_what, line, says) => {
    const content = Buffer.concat([Buffer.from(line as string), Buffer.from('\ngood.png\n')])
    const { entries, keys, refusals } = await read(content)
    expect(entries).toHaveLength(2)
    expect(refusals[0]).toContain(says)
    expect(keys).toEqual(['good.png'])
  })

  test('what is refused is shown as it stands, or in a form that every document can carry', async () => {
    const lines = [`${host}/夏%zz.png`, 'raw/\u0001.png', `${host}/${'x'.repeat(2_000)}%`]
    const { entries } = await read(lines.join('\n'))
    expect(entries.map((entry) => 'refused' in entry && entry.refused.object)).toEqual([
      `${host}/夏%zz.png`,
      '"raw/\\u0001.png"',
      expect.stringMatching(/^"https:.{60,90}…"$/),
    ])
  })

  test('a line without an end is one refusal, read in bounded pieces', async () => {
    const { entries, portions, refusals } = await read(Buffer.alloc(1_000_000, 'x'))
    expect(entries).toHaveLength(1)
    expect(refusals).toEqual(['line 1 is longer than 8192 bytes.'])
    expect(portions.length).toBeGreaterThan(10)
  })

  test('behind a line of a megabyte the rest is read, with its right numbers', async () => {
    const { keys, refusals } = await read(`${'x'.repeat(1_000_000)}\na.png\n${host}/%\nb.png`, { limit: 1, anew: true })
    expect(keys).toEqual(['a.png', 'b.png'])
    expect(refusals).toEqual(['line 1 is longer than 8192 bytes.', 'line 3: "%" is not percent-encoded UTF-8.'])
  })

  test('goes on where it stopped, whoever comes after', async () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => `raw/${index}/${'ü'.repeat(index % 60)}.png`)
    expect((await read(keys.join('\n'), { limit: 77, anew: true })).keys).toEqual(keys)
  })

  test('may be named by its address', async () => {
    await put('list.txt', 'a.png')
    expect((await readAll(listed(`${host}/list.txt`))).keys).toEqual(['a.png'])
  })

  test('that is not there, or is replaced in the middle, is told', async () => {
    await expect(listed('nothing.txt')().read(null, 5)).rejects.toMatchObject({
      code: 'ObjectNotFound',
      message: 'Input.UrlFile is "nothing.txt", and there is no such object.',
    })
    await put('list.txt', 'a.png\nb.png\nc.png')
    const { next } = await listed()().read(null, 1)
    await put('list.txt', 'x.png\ny.png\nz.png')
    await expect(listed()().read(next, 1)).rejects.toMatchObject({
      code: 'ListUnreadable',
      message: 'Input.UrlFile is "list.txt", which was replaced while it was being read.',
    })
  })
})

describe('an inventory', () => {
  const schema = 'Appid, Bucket, Key, Size, LastModifiedDate'
  const row = (key: string) => `"1250000000","album","${encodeURIComponent(key)}","9","2026-03-01T00:00:00.000Z"\n`
  const inventory = () => readerOf({ kind: 'Manifest', value: 'inventory/manifest.json' })

  interface Written {
    readonly name?: string
    readonly packed: Buffer
    readonly says?: object
  }

  async function write(files: readonly Written[], changes: object = {}): Promise<void> {
    const listed = []
    for (const [index, { name = `inventory/${index}.csv.gz`, packed, says }] of files.entries()) {
      await put(name, packed)
      const md5Checksum = createHash('md5').update(packed).digest('hex')
      // Numbers are text in the original.
      listed.push({ key: name, size: String(packed.length), md5Checksum, ...says })
    }
    const manifest = { sourceBucket: 'album', fileFormat: 'CSV', fileSchema: schema, files: listed, ...changes }
    await put('inventory/manifest.json', JSON.stringify(manifest))
  }

  test('names the keys of all its files, in order', async () => {
    const keys = ['a b.png', 'raw/ü,".png', 'plus+.png', 'line\nbreak.png', 'z.png']
    await write([
      { packed: gzipSync(keys.slice(0, 3).map(row).join('')) },
      { packed: gzipSync('') },
      { packed: gzipSync(keys.slice(3).map(row).join('').trimEnd()) },
    ])
    expect(await readAll(inventory)).toMatchObject({ keys, refusals: [] })
    expect((await readAll(inventory, { limit: 1, anew: true })).keys).toEqual(keys)
  })

  test('goes on where it stopped, for the same reader and for whoever comes after', async () => {
    const keys = Array.from({ length: 3_000 }, (_, index) => `raw/${index}/${index % 7}.png`)
    const files = [keys.slice(0, 1_000), keys.slice(1_000, 1_001), keys.slice(1_001)]
    await write(files.map((some) => ({ packed: gzipSync(some.map(row).join('')) })))
    expect((await readAll(inventory)).keys).toEqual(keys)
    expect((await readAll(inventory, { limit: 333, anew: true })).keys).toEqual(keys)
  })

  test('a reader that is behind, or ahead, of the place it is given finds it', async () => {
    const keys = Array.from({ length: 100 }, (_, index) => `raw/${index}.png`)
    await write([{ packed: gzipSync(keys.map(row).join('')) }])
    const [one, other] = [inventory(), inventory()]
    const first = await one.read(null, 10)
    const second = await one.read(first.next, 10)
    const behind = await other.read(first.next, 5)
    expect(behind.entries).toEqual(second.entries.slice(0, 5))
    expect((await other.read(second.next, 2)).entries).toEqual([{ key: 'raw/20.png' }, { key: 'raw/21.png' }])
    expect((await one.read(first.next, 1)).entries).toEqual([{ key: 'raw/10.png' }])
    await one.close()
    await other.close()
  })

  test('old versions and deleted objects of an inventory of all versions are passed over', async () => {
    const lines = ['a.png,True,False', 'a.png,False,False', 'b.png,True,True', 'c.png,TRUE,FALSE']
    await write([{ packed: gzipSync(lines.join('\n')) }], { fileSchema: 'Key, IsLatest, IsDeleteMarker' })
    expect((await readAll(inventory)).keys).toEqual(['a.png', 'c.png'])
  })

  test.each([
    [
      'bad percent-encoding',
      '"1","album","%zz","9","t"',
      'row 1 of inventory/0.csv.gz: "%zz" is not percent-encoded UTF-8.',
    ],
    [
      'another bucket',
      '"1","other","a.png","9","t"',
      'row 1 of inventory/0.csv.gz names the bucket "other", expected album-1250000000.',
    ],
    ['too few columns', 'a.png', 'row 1 of inventory/0.csv.gz has 1 columns, expected the Key in column 3.'],
    ['an empty key', '"1","album","","9","t"', 'row 1 of inventory/0.csv.gz: the object key is empty.'],
  ])('a row with %s is refused, and the next one goes on', async (_what, line, says) => {
    await write([{ packed: gzipSync(`${line}\n${row('good.png')}`) }])
    expect(await readAll(inventory)).toMatchObject({ keys: ['good.png'], refusals: [says] })
  })

  const good = gzipSync(row('a.png'))
  test.each<[string, Written, string]>([
    [
      'of another size',
      { packed: good, says: { size: 7 } },
      `it has ${good.length} bytes, expected the 7 of the manifest`,
    ],
    [
      'with another sum',
      { packed: good, says: { md5Checksum: '0'.repeat(32) } },
      `expected the ${'0'.repeat(32)} of the manifest`,
    ],
    [
      'that is not there',
      { packed: good, says: { key: 'gone.csv.gz' } },
      'there is no such object in the bucket album-1250000000',
    ],
    [
      'that is not packed',
      { packed: Buffer.from(row('a.png')) },
      'it is broken or cut off behind row 0, expected gzip',
    ],
    [
      'that is cut off',
      { packed: gzipSync(row('a.png').repeat(500)).subarray(0, -30) },
      'it is broken or cut off behind row',
    ],
    [
      'with a quote that stays open',
      { packed: gzipSync(`${row('a.png')}"1","album`) },
      'row 2 opens a quote that is never closed',
    ],
    [
      'with a quote in the middle of a field',
      { packed: gzipSync('a"b",c\n') },
      'row 1 has a quote in the middle of a field',
    ],
    ['that is no text', { packed: gzipSync(Buffer.from([0xff, 0x0a])) }, 'row 1 is not UTF-8'],
    ['with a row without end', { packed: gzipSync(Buffer.alloc(50_000_000, 'x')) }, 'row 1 is longer than 16384 bytes'],
    [
      'with a quoted row without end',
      { packed: gzipSync(`"${'\n'.repeat(1_000_000)}`) },
      'row 1 is longer than 16384 bytes',
    ],
  ])('a data file %s ends it, by name', async (_what, file, says) => {
    await write([file])
    const name = (file.says as { key?: string } | undefined)?.key ?? 'inventory/0.csv.gz'
    await expect(readAll(inventory)).rejects.toMatchObject({
      code: 'ListUnreadable',
      message: expect.stringContaining(`The data file "${name}": `),
    })
    await expect(readAll(inventory)).rejects.toThrow(says)
  })

  test('what came before a broken place was read', async () => {
    const keys = Array.from(
      { length: 2_000 },
      (_, index) => `${createHash('md5').update(`${index}`).digest('hex')}.png`,
    )
    await write([{ packed: gzipSync(keys.map(row).join('')).subarray(0, -1_000) }])
    const reader = inventory()
    const { entries, next } = await reader.read(null, 100)
    expect(entries).toEqual(keys.slice(0, 100).map((key) => ({ key })))
    await expect(
      readAll(() => ({ ...reader, read: (from, limit) => reader.read(from ?? next, limit) })),
    ).rejects.toThrow(/cut off behind row 1\d\d\d/)
    await reader.close()
  })

  test('a file that unpacks to more than it may is told', async () => {
    const bomb = gzipSync(Buffer.alloc(2_000_000, '\n'))
    await write([{ packed: bomb }])
    const limits = { maxManifestBytes: 4_096, csv: { maxRecordBytes: 100, maxBytes: 1_000_000 } }
    const reader = manifestReader(ports(), bucket, 'inventory/manifest.json', limits)
    await expect(reader.read(null, 1)).rejects.toThrow('it has more than 1000000 bytes when it is unpacked')
    await reader.close()
  })

  test.each<[string, string | Buffer, string]>([
    ['is not JSON', 'Key\na.png\n', 'it is not JSON, expected the manifest.json of an inventory'],
    ['is no text', Buffer.from([0xff, 0xfe]), 'it is not UTF-8'],
    ['is a list', '[]', 'the file is no JSON object'],
    ['is empty', '', 'it is not JSON'],
    ['says nothing', '{}', 'fileFormat is missing'],
    ['is of another format', '{"fileFormat":"Parquet"}', 'fileFormat is "Parquet", expected CSV'],
    ['has no columns', '{"fileFormat":"CSV"}', 'fileSchema is missing'],
    [
      'has no Key',
      '{"fileFormat":"CSV","fileSchema":"Bucket, Size"}',
      'fileSchema is "Bucket, Size", expected a column Key',
    ],
    ['has no files', '{"fileFormat":"CSV","fileSchema":"Key"}', 'files is missing'],
    ['has a file that is none', '{"fileFormat":"CSV","fileSchema":"Key","files":[1]}', 'files[0] is no JSON object'],
    ['has a file without a name', '{"fileFormat":"CSV","fileSchema":"Key","files":[{}]}', 'files[0].key is missing'],
    [
      'has a file without a size',
      '{"fileFormat":"CSV","fileSchema":"Key","files":[{"key":"a","size":"x"}]}',
      'files[0].size is "x", expected a number of bytes',
    ],
    [
      'has a file without a sum',
      '{"fileFormat":"CSV","fileSchema":"Key","files":[{"key":"a","size":1,"md5Checksum":"abc"}]}',
      'files[0].md5Checksum is "abc", expected 32 hex digits',
    ],
    ['is too long', Buffer.alloc(4 * 1_024 * 1_024 + 1, ' '), 'it has 4194305 bytes, expected at most 4194304'],
    ['is deeply nested', '['.repeat(1_000_000), 'it is not JSON'],
  ])('a manifest that %s is told by its name', async (_what, content, says) => {
    await put('inventory/manifest.json', content)
    await expect(inventory().read(null, 1)).rejects.toMatchObject({
      code: 'ListUnreadable',
      message: expect.stringContaining(`Input.Manifest is "inventory/manifest.json": ${says}`),
    })
    await expect(inventory().measure()).rejects.toThrow(says)
  })

  test('a manifest without files is an empty list', async () => {
    await write([])
    expect((await readAll(inventory)).entries).toEqual([])
  })

  test.each([
    [
      'manifest',
      'inventory/manifest.json',
      'Input.Manifest is "inventory/manifest.json", which was replaced while it was being read.',
    ],
    ['data file', 'inventory/0.csv.gz', 'The data file "inventory/0.csv.gz": it was replaced while it was being read.'],
  ])('a %s that is replaced in the middle is told', async (_what, key, says) => {
    const packed = gzipSync(['a', 'b', 'c'].map(row).join(''))
    await write([{ packed }])
    const reader = inventory()
    const { next } = await reader.read(null, 1)
    await reader.close()
    await put(key, key.endsWith('.gz') ? packed : '{}')
    await expect(inventory().read(next, 1)).rejects.toThrow(says)
  })

  test('a reader that is closed lets go of its file, and ends what it is about to read', async () => {
    await write([{ packed: gzipSync(Array.from({ length: 20_000 }, (_, index) => row(`raw/${index}`)).join('')) }])
    const reader = inventory()
    const { next } = await reader.read(null, 1)
    const reading = reader.read({ ...(next as object), row: 19_000 } as Place, 1)
    await reader.close()
    await expect(reading).rejects.toMatchObject({ code: 'ServerStopping' })
    await reader.close()
  })
})
