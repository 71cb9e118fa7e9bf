import { link, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../base/index.ts'
import { keepsTheBlobStoreContract } from '../blob-store.contract.ts'
import { openFilesystemBlobStore } from './index.ts'

async function newFolder(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'pixmill-blobs-'))
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  return join(parent, 'blobs')
}

const open = async (folder: string) => openFilesystemBlobStore({ folder, clock: systemClock })
const one = async function* (text: string) {
  yield Buffer.from(text)
}

keepsTheBlobStoreContract(async () => open(await newFolder()))

describe('blobs as files', () => {
  test('the folder is closed to others, a blob is readable and writable for nobody', async () => {
    const folder = await newFolder()
    const { id } = await (await open(folder)).write(one('abc'))
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    const file = join(folder, id.slice(-2), id)
    expect((await stat(file)).mode & 0o777).toBe(0o444)
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700)
  })

  test('a blob is handed out as the same file under another name', async () => {
    const folder = await newFolder()
    const blobs = await open(folder)
    const { id } = await blobs.write(one('abc'))
    const file = join(dirname(folder), 'source')
    await blobs.placeInto(id, file)
    expect((await stat(file)).ino).toBe((await stat(join(folder, id.slice(-2), id))).ino)
  })

  test('opening again finds what was there', async () => {
    const folder = await newFolder()
    const { id } = await (await open(folder)).write(one('abc'))
    expect(await (await (await open(folder)).read(id)).toArray()).toEqual([Buffer.from('abc')])
  })

  test('what a crash leaves in .writing is found by age, and removed', async () => {
    const folder = await newFolder()
    const blobs = await open(folder)
    const leftOver = 'a'.repeat(32)
    const file = join(folder, '.writing', leftOver)
    await writeFile(file, 'half')
    const now = Date.now()
    await utimes(file, new Date(now - 10_000), new Date(now - 10_000))
    expect(await Readable.from(blobs.olderThan(now - 20_000)).toArray()).toEqual([])
    expect(await Readable.from(blobs.olderThan(now - 5_000)).toArray()).toEqual([leftOver])
    await blobs.remove(leftOver as never)
    expect(await readdir(join(folder, '.writing'))).toEqual([])
  })

  test('files that are no blobs are left alone', async () => {
    const folder = await newFolder()
    const blobs = await open(folder)
    await writeFile(join(folder, '00', 'note.txt'), 'mine')
    await writeFile(join(folder, '00', 'b'.repeat(32)), 'in the wrong shard')
    expect(await Readable.from(blobs.olderThan(Number.MAX_SAFE_INTEGER)).toArray()).toEqual([])
  })

  test('a symbolic link is not followed when a result is adopted', async () => {
    const folder = await newFolder()
    const secret = join(dirname(folder), 'secret')
    const result = join(dirname(folder), 'result')
    await writeFile(secret, 'not for you')
    await symlink(secret, result)
    await expect((await open(folder)).adopt(result)).rejects.toMatchObject({ code: 'StorageUnavailable' })
    expect(await readFile(secret, 'utf8')).toBe('not for you')
  })

  test('a result that has another name is copied, so that nobody can change the blob through it', async () => {
    const folder = await newFolder()
    const blobs = await open(folder)
    const result = join(dirname(folder), 'result')
    const second = join(dirname(folder), 'second')
    await writeFile(result, 'abc')
    await link(result, second)
    const id = await blobs.adopt(result)
    await writeFile(second, 'changed')
    expect(await (await blobs.read(id)).toArray()).toEqual([Buffer.from('abc')])
  })

  test('memory does not grow with the size', async () => {
    const blobs = await open(await newFolder())
    const piece = Buffer.alloc(1024 * 1024, 'x')
    let highest = 0
    async function* big() {
      const before = process.memoryUsage().arrayBuffers
      for (let n = 0; n < 200; n++) {
        yield piece
        highest = Math.max(highest, process.memoryUsage().arrayBuffers - before)
      }
    }
    expect((await blobs.write(big())).size).toBe(200 * piece.length)
    expect(highest).toBeLessThan(32 * 1024 * 1024)
  })
})
