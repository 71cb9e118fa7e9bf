import { createHash } from 'node:crypto'
import {
  appendFile,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { silentLog } from '../../base/index.ts'
import type { KeptPicture } from './kept-picture.ts'
import { HEAD_BYTES } from './picture-file.ts'
import { ResultCache, type ResultCacheOptions } from './result-cache.ts'

const KIB = 1024

let folder: string
let cache: ResultCache
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-results-'))
})
afterEach(async () => {
  await cache.stop()
  await rm(folder, { recursive: true, force: true })
})

const versionOf = (name: string): string => `${createHash('md5').update(name).digest('hex')}-r`
const fileOf = (name: string): string => {
  const version = versionOf(name)
  return join(folder, 'results', version.slice(0, 2), version)
}
const picture = (name: string, bytes = 5 * KIB): Buffer => Buffer.alloc(bytes, name)

async function started(options: Partial<ResultCacheOptions> = {}): Promise<ResultCache> {
  cache = new ResultCache({
    folder: join(folder, 'results'),
    maxBytes: 1024 * KIB,
    memoryBytes: 0,
    gatherMs: 0,
    hasRoom: () => true,
    log: silentLog,
    ...options,
  })
  const counted = cache.signals.next('counted')
  await cache.start()
  await counted
  return cache
}

async function restarted(options: Partial<ResultCacheOptions> = {}): Promise<void> {
  await cache.stop()
  await started(options)
}

async function keep(name: string, bytes = picture(name), announced = bytes): Promise<KeptPicture | null> {
  const made = join(folder, 'made')
  await writeFile(made, bytes)
  const source = await open(made)
  try {
    const sums = { size: announced.length, md5: createHash('md5').update(announced).digest('hex'), crc64: '0' }
    const facts = { format: 'png', contentType: 'image/png', width: 1, height: 1, quality: 100, frames: 1 } as const
    return await cache.keep(versionOf(name), { ...facts, ...sums }, source)
  } finally {
    await source.close()
  }
}

async function kept(name: string, bytes?: Buffer): Promise<void> {
  const made = await keep(name, bytes)
  expect(made).not.toBeNull()
  await made?.letGo()
}

/** What the cache gives for it, `null` when it has none. */
async function found(name: string): Promise<Buffer | null> {
  const one = await cache.find(versionOf(name))
  if (one === null) return null
  try {
    return Buffer.concat(await one.read().toArray())
  } finally {
    await one.letGo()
  }
}

describe('what is kept', () => {
  test('is given at once and again, whole and in parts', async () => {
    await started()
    const bytes = Buffer.from(Array.from({ length: 600 * KIB }, (_, at) => at % 251))
    const made = await keep('a', bytes)
    expect(made?.facts).toEqual({ contentType: 'image/png', size: bytes.length })
    expect(Buffer.concat(await made!.read().toArray()).equals(bytes)).toBe(true)
    const again = await cache.find(versionOf('a'))
    for (const one of [made!, again!]) {
      for (const [start, end] of [
        [0, 0],
        [255 * KIB, 513 * KIB],
        [256 * KIB, 256 * KIB],
        [400 * KIB, bytes.length - 1],
      ] as const) {
        const part = Buffer.concat(await one.read({ start, end }).toArray())
        expect(part.equals(bytes.subarray(start, end + 1)), `${start}-${end}`).toBe(true)
      }
      await one.letGo()
    }
    expect((await found('a'))?.equals(bytes)).toBe(true)
    expect(await found('b')).toBeNull()
  })

  test('is there after a restart', async () => {
    await started()
    await kept('a')
    const used = cache.usedBytes
    await restarted()
    expect(cache.usedBytes).toBe(used)
    expect(await found('a')).toEqual(picture('a'))
  })

  test('is read on by whoever has it when it goes', async () => {
    await started({ maxBytes: 8 * KIB })
    const made = await keep('a')
    const leftOut = cache.signals.next('left out')
    await kept('b')
    await leftOut
    expect(await found('a')).toBeNull()
    expect(Buffer.concat(await made!.read().toArray())).toEqual(picture('a'))
    await made!.letGo()
  })
})

describe('the room', () => {
  // Each takes two blocks of 4 KiB.
  const room = { maxBytes: 24 * KIB }

  test('the least recently used go', async () => {
    await started(room)
    for (const name of ['a', 'b', 'c']) await kept(name)
    await found('a')
    await kept('d')
    expect(await found('b')).toBeNull()
    for (const name of ['a', 'c', 'd']) expect(await found(name), name).toEqual(picture(name))
    expect(cache.usedBytes).toBe(24 * KIB)
  })

  test('also after a restart, with less room than before', async () => {
    await started(room)
    for (const [at, name] of ['c', 'b', 'a'].entries()) {
      await kept(name)
      await utimes(fileOf(name), 1_700_000_000 + at, 1_700_000_000 + at)
    }
    // A use that is long after the last one is written down.
    await found('c')
    await restarted({ maxBytes: 16 * KIB })
    await cache.stop()
    expect([await found('a'), await found('b'), await found('c')]).toEqual([picture('a'), null, picture('c')])
  })

  test('what is larger than all of it is not kept, and nothing has to go for it', async () => {
    await started(room)
    await kept('a')
    expect(await keep('b', picture('b', 24 * KIB))).toBeNull()
    expect(await found('a')).toEqual(picture('a'))
  })

  test.each([
    ['without room', { maxBytes: 0 }],
    ['on a full disk', { hasRoom: () => false }],
  ])('%s nothing is kept', async (_, options) => {
    await started(options)
    expect(await keep('a')).toBeNull()
    expect(await readdir(join(folder, 'results'))).toEqual(['.writing'])
  })
})

describe('bytes at hand', () => {
  const inMemory = { memoryBytes: 1024 * KIB }
  const facts = (bytes: Buffer, announced = bytes) => ({
    contentType: 'image/png',
    size: announced.length,
    md5: createHash('md5').update(announced).digest('hex'),
  })

  /** Given at once; resolves when the file is there, or is known not to come. */
  async function keepBytes(name: string, bytes = picture(name), announced = bytes): Promise<void> {
    const written = cache.signals.next('written')
    const given = cache.keepBytes(versionOf(name), facts(bytes, announced), bytes)
    expect(given.facts).toEqual({ contentType: 'image/png', size: bytes.length })
    expect([given.atHand(), given.atHand({ start: 1, end: 2 })]).toEqual([bytes, bytes.subarray(1, 3)])
    expect(Buffer.concat(await given.read({ start: 3, end: 9 }).toArray())).toEqual(bytes.subarray(3, 10))
    await given.letGo()
    await written
  }

  test('are given at once, and come out of their file after a restart', async () => {
    await started(inMemory)
    await keepBytes('a')
    expect((await stat(fileOf('a'))).size).toBe(HEAD_BYTES + 5 * KIB)
    expect(cache.usedBytes).toBe(8 * KIB)
    await restarted(inMemory)
    expect([await found('a'), await found('a')]).toEqual([picture('a'), picture('a')])
  })

  test('need no file for as long as they are in memory', async () => {
    await started(inMemory)
    for (const name of ['a', 'b']) await keepBytes(name)
    await rm(fileOf('a'))
    expect([await found('a'), await found('b')]).toEqual([picture('a'), picture('b')])
  })

  test('beyond the memory the least recently used come out of their files', async () => {
    await started({ memoryBytes: 100 * KIB })
    const names = Array.from({ length: 20 }, (_, n) => `n${n}`)
    for (const name of [...names, 'large']) {
      await keepBytes(name, picture(name, name === 'large' ? 20 * KIB : 6 * KIB))
      await found('n0')
    }
    for (const name of [...names, 'large']) await rm(fileOf(name))
    const left = await Promise.all([...names, 'large'].map(async (name) => ((await found(name)) === null ? '' : name)))
    expect(left.filter((name) => name !== '')).toEqual(['n0', ...names.slice(-15)])
  })

  test('go from memory with their file', async () => {
    await started({ ...inMemory, maxBytes: 8 * KIB })
    await keepBytes('a')
    const leftOut = cache.signals.next('left out')
    await keepBytes('b')
    await leftOut
    expect([await found('a'), await found('b')]).toEqual([null, picture('b')])
  })

  test('that are other bytes than those announced are found out when they are read', async () => {
    await started()
    await keepBytes('a', picture('a', 100), picture('b', 100))
    expect(await found('a')).toBeNull()
    await expect(open(fileOf('a'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('that cannot be written down are given all the same, and the next are written', async () => {
    await started(inMemory)
    await rm(join(folder, 'results', '.writing'), { recursive: true })
    await keepBytes('a')
    expect([await found('a'), cache.usedBytes]).toEqual([picture('a'), 0])
    await mkdir(join(folder, 'results', '.writing'))
    await keepBytes('b')
    await restarted(inMemory)
    expect([await found('a'), await found('b')]).toEqual([null, picture('b')])
  })

  test('are not kept without room, nor on a full disk', async () => {
    for (const options of [{ maxBytes: 0 }, { hasRoom: () => false }]) {
      await started({ ...inMemory, ...options })
      const given = cache.keepBytes(versionOf('a'), facts(picture('a')), picture('a'))
      expect(given.atHand()).toEqual(picture('a'))
      expect(await found('a')).toBeNull()
      await cache.stop()
    }
  })

  test('are in their file when the cache has stopped', async () => {
    await started(inMemory)
    const names = Array.from({ length: 30 }, (_, n) => `n${n}`)
    for (const name of names) cache.keepBytes(versionOf(name), facts(picture(name)), picture(name))
    await restarted()
    for (const name of names) expect(await found(name), name).toEqual(picture(name))
  })
})

describe('what is not whole', () => {
  const damages: readonly (readonly [string, (file: string) => Promise<void>])[] = [
    ['cut off', (file) => truncate(file, HEAD_BYTES + 100)],
    ['cut off in its head', (file) => truncate(file, 10)],
    ['empty', (file) => truncate(file, 0)],
    ['longer', (file) => appendFile(file, 'x')],
    ['changed in one byte', (file) => change(file, HEAD_BYTES + 77)],
    ['changed in its head', (file) => change(file, 0)],
    ['something else', (file) => writeFile(file, Buffer.alloc(5 * KIB, '{"version":null} '))],
    ['the file of another version', (file) => rename(fileOf('other'), file)],
  ]
  const change = async (file: string, at: number): Promise<void> => {
    const bytes = await readFile(file)
    bytes[at]! ^= 1
    await writeFile(file, bytes)
  }

  test.each(damages)('%s: is not given after a restart, and goes', async (_, damage) => {
    await started()
    for (const name of ['a', 'other']) await kept(name)
    await cache.stop()
    await damage(fileOf('a'))
    await started()
    expect(await found('a')).toBeNull()
    await expect(open(fileOf('a'))).rejects.toMatchObject({ code: 'ENOENT' })
    await kept('a')
    expect(await found('a')).toEqual(picture('a'))
  })

  test.each(damages)('%s: nor when it becomes so after it was used', async (_, damage) => {
    await started()
    for (const name of ['a', 'other']) await kept(name)
    expect(await found('a')).toEqual(picture('a'))
    await damage(fileOf('a'))
    expect(await found('a')).toBeNull()
  })

  test('what another server did not finish writing goes at the start', async () => {
    await started()
    await writeFile(join(folder, 'results', '.writing', 'r-1'), 'half')
    await restarted()
    expect(await readdir(join(folder, 'results', '.writing'))).toEqual([])
  })

  test('bytes that are not those announced are not kept', async () => {
    await started()
    expect(await keep('a', picture('a'), picture('b'))).toBeNull()
    expect(await keep('a', picture('a', 100), picture('a', 200))).toBeNull()
    expect(await keep('a', picture('a', 200), picture('a', 100))).toBeNull()
    expect(await found('a')).toBeNull()
    expect(await readdir(join(folder, 'results', '.writing'))).toEqual([])
  })
})
