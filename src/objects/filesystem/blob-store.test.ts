import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import {
  chmod,
  chown,
  link,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { compiledProgram, systemClock } from '../../base/index.ts'
import { keepsTheBlobStoreContract } from '../blob-store.contract.ts'
import { diskFailure } from './disk-failure.ts'
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

  const otherDisk = existsSync('/dev/shm') && statSync('/dev/shm').dev !== statSync(tmpdir()).dev
  test.skipIf(!otherDisk)('between two file systems bytes are copied, both ways', async () => {
    const blobs = await open(await newFolder())
    const elsewhere = await mkdtemp('/dev/shm/pixmill-attempt-')
    onTestFinished(() => rm(elsewhere, { recursive: true, force: true }))
    const { id } = await blobs.write(one('abc'))
    const file = join(elsewhere, 'source')
    await blobs.placeInto(id, file)
    expect(await readFile(file, 'utf8')).toBe('abc')
    expect((await stat(file)).mode & 0o777).toBe(0o444)
    const result = join(elsewhere, 'result')
    await writeFile(result, 'def')
    expect(await (await blobs.read(await blobs.adopt(result))).toArray()).toEqual([Buffer.from('def')])
    expect(await readdir(elsewhere)).toEqual(['source'])
  })

  // Only root can start a program as somebody else.
  test.skipIf(process.getuid?.() !== 0)('another user reads the file it is handed, and nothing else', async () => {
    const folder = await newFolder()
    await chmod(dirname(folder), 0o755)
    const blobs = await open(folder)
    const { id } = await blobs.write(one('abc'))
    const file = join(dirname(folder), 'source')
    await blobs.placeInto(id, file)
    const nobody = { uid: 65_534, gid: 65_534, encoding: 'utf8' } as const
    expect(spawnSync('cat', [file], nobody).stdout).toBe('abc')
    expect(spawnSync('ls', [folder], nobody).status).not.toBe(0)
    expect(spawnSync('cat', [join(folder, id.slice(-2), id)], nobody).status).not.toBe(0)
    // What that user leaves is copied: it may still hold its file open for writing.
    const result = join(dirname(folder), 'result')
    await writeFile(result, 'def')
    await chown(result, nobody.uid, nobody.gid)
    const before = (await stat(result)).ino
    const adopted = await blobs.adopt(result)
    expect((await stat(join(folder, adopted.slice(-2), adopted))).ino).not.toBe(before)
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

  test('a pipe that nobody writes into holds nobody up when it is left as a result', async () => {
    const folder = await newFolder()
    const blobs = await open(folder)
    const result = join(dirname(folder), 'result')
    expect(spawnSync('mkfifo', [result]).status).toBe(0)
    await expect(blobs.adopt(result)).rejects.toMatchObject({ code: 'StorageUnavailable' })
  })

  test('blobs are readable for others whatever the umask of the process takes away', async () => {
    const folder = await newFolder()
    const program = `
      import { openFilesystemBlobStore } from ${JSON.stringify(compiledProgram('objects/filesystem/index.js'))}
      process.umask(0o077)
      const blobs = await openFilesystemBlobStore({ folder: ${JSON.stringify(folder)}, clock: Date })
      const { id } = await blobs.write((async function* () { yield Buffer.from('abc') })())
      console.log(id)`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    const id = stdout.trim()
    expect((await stat(join(folder, id.slice(-2), id))).mode & 0o777).toBe(0o444)
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

  test('who pours uses the same memory again and again', async () => {
    const blobs = await open(await newFolder())
    const megabyte = Buffer.alloc(1024 * 1024, 'x')
    const { id, size } = await blobs.write(Readable.from(Array(20).fill(megabyte)))
    const memory = new Set<ArrayBufferLike>()
    for (let time = 0; time < 3; time++) {
      await blobs.pour(id, { start: 0, end: size - 1 }, async (piece) => {
        memory.add(piece.buffer)
      })
    }
    expect(memory.size).toBe(2)
  })

  const descriptors = '/proc/self/fd'
  test.skipIf(!existsSync(descriptors))('a file that was poured is closed, whatever it ended with', async () => {
    const folder = await newFolder()
    const blobs = await open(folder)
    const { id, size } = await blobs.write(Readable.from([Buffer.alloc(3_000_000)]))
    const isOpen = async () => {
      const places = (await readdir(descriptors)).map((name) => readlink(join(descriptors, name)).catch(() => ''))
      return (await Promise.all(places)).some((place) => place.startsWith(folder) && place.endsWith(id))
    }
    let wasOpen = false
    const look = async () => {
      wasOpen = await isOpen()
    }
    await blobs.pour(id, { start: 0, end: size - 1 }, look)
    expect([wasOpen, await isOpen()]).toEqual([true, false])
    const leave = async () => {
      throw new Error('gone')
    }
    await expect(blobs.pour(id, { start: 0, end: size - 1 }, leave)).rejects.toThrow('gone')
    expect(await isOpen()).toBe(false)
    await expect(blobs.pour(id, { start: 0, end: size }, look)).rejects.toThrow()
    expect(await isOpen()).toBe(false)
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

test.each([
  ['ENOSPC', 'StorageFull'],
  ['EDQUOT', 'StorageFull'],
  ['EIO', 'StorageUnavailable'],
  ['ENOENT', 'StorageUnavailable'],
  ['EMFILE', 'StorageUnavailable'],
])('the error %s of the disk is %s', (errno, code) => {
  expect(diskFailure(Object.assign(new Error(errno), { code: errno })).code).toBe(code)
})
