import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type BlobId, crc64 } from '../base/index.ts'
import type { BlobStore } from './blob-store.ts'

/** What every adapter of the blob store keeps. `open` gives an empty store; it is called once for each test. */
export function keepsTheBlobStoreContract(open: () => Promise<BlobStore>): void {
  describe('keeps the blob store contract', () => {
    test.each([
      ['nothing', []],
      ['one piece', ['hello']],
      ['many pieces, empty ones among them', ['', 'a', '', 'bc', 'd'.repeat(100_000), '']],
    ])('reads back what was written: %s', async (_what, texts) => {
      const blobs = await open()
      const pieces = texts.map((text) => Buffer.from(text))
      const whole = Buffer.concat(pieces)
      const kept = await blobs.write(stream(pieces))
      expect(kept).toEqual({
        id: kept.id,
        size: whole.length,
        md5: createHash('md5').update(whole).digest('hex'),
        crc64: crc64(whole),
      })
      expect((await bytesOf(blobs, kept.id)).equals(whole)).toBe(true)
    })

    test('reads a range, both ends inclusive', async () => {
      const blobs = await open()
      const { id } = await blobs.write(stream([Buffer.from('0123456789')]))
      const range = async (start: number, end: number) => (await bytesOf(blobs, id, { start, end })).toString()
      expect(await range(0, 0)).toBe('0')
      expect(await range(3, 5)).toBe('345')
      expect(await range(9, 9)).toBe('9')
    })

    test('gives every blob an id of its own, also for the same bytes', async () => {
      const blobs = await open()
      const kept = await Promise.all(Array.from({ length: 20 }, () => blobs.write(stream([Buffer.from('same')]))))
      expect(new Set(kept.map(({ id }) => id)).size).toBe(20)
    })

    test('keeps apart blobs that are written at the same time', async () => {
      const blobs = await open()
      const texts = Array.from({ length: 8 }, (_, n) => String(n).repeat(50_000))
      const kept = await Promise.all(texts.map((text) => blobs.write(stream(halves(text)))))
      for (const [n, { id }] of kept.entries()) expect((await bytesOf(blobs, id)).toString()).toBe(texts[n])
    })

    test('drops what comes beyond the announced length', async () => {
      const blobs = await open()
      const kept = await blobs.write(stream([Buffer.from('abc'), Buffer.from('def'), Buffer.from('ghi')]), {
        expectedBytes: 4,
      })
      expect(kept.size).toBe(4)
      expect((await bytesOf(blobs, kept.id)).toString()).toBe('abcd')
    })

    describe('a write that fails leaves nothing behind', () => {
      const fails = async (write: (blobs: BlobStore) => Promise<unknown>, failure: object) => {
        const blobs = await open()
        await expect(write(blobs)).rejects.toMatchObject(failure)
        expect(await everything(blobs)).toEqual([])
      }

      test('fewer bytes than announced', () =>
        fails((blobs) => blobs.write(stream([Buffer.from('abc')]), { expectedBytes: 4 }), { code: 'BodyIncomplete' }))

      test('more bytes than allowed', () =>
        fails((blobs) => blobs.write(stream([Buffer.from('abc'), Buffer.from('def')]), { maxBytes: 5 }), {
          code: 'ObjectTooLarge',
        }))

      test('more bytes announced than allowed, without asking for any', async () => {
        let asked = false
        async function* never(): AsyncGenerator<Uint8Array> {
          asked = true
          yield Buffer.from('abc')
        }
        await fails((blobs) => blobs.write(never(), { maxBytes: 5, expectedBytes: 6 }), { code: 'ObjectTooLarge' })
        expect(asked).toBe(false)
      })

      test('a stream that fails in its middle, with the failure of the stream', async () => {
        async function* breaking(): AsyncGenerator<Uint8Array> {
          yield Buffer.from('abc')
          throw new Error('the sender is gone')
        }
        await fails((blobs) => blobs.write(breaking()), { message: 'the sender is gone' })
      })

      test('a signal that is aborted while the stream waits', async () => {
        const stop = new AbortController()
        async function* waiting(): AsyncGenerator<Uint8Array> {
          yield Buffer.from('abc')
          stop.abort(new Error('enough'))
          await new Promise(() => {})
        }
        await fails((blobs) => blobs.write(waiting(), { signal: stop.signal }), { message: 'enough' })
      })
    })

    test('shows nothing of a write before it is whole', async () => {
      const blobs = await open()
      let go = () => {}
      const gate = new Promise<void>((resolve) => {
        go = resolve
      })
      async function* slow(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('first')
        await gate
        yield Buffer.from('second')
      }
      const before = Date.now() - 60_000
      const writing = blobs.write(slow())
      expect(await everything(blobs, before)).toEqual([])
      go()
      expect((await bytesOf(blobs, (await writing).id)).toString()).toBe('firstsecond')
    })

    test('asks a source for the next piece only when it has taken the last', async () => {
      const blobs = await open()
      let asked = 0
      let lent = 0
      async function* counting(): AsyncGenerator<Uint8Array> {
        for (; asked < 50; asked++) {
          lent++
          expect(lent).toBe(1)
          yield Buffer.alloc(10_000, asked)
          lent--
        }
      }
      expect((await blobs.write(counting())).size).toBe(500_000)
    })

    test('a blob that is not there is StorageUnavailable', async () => {
      const blobs = await open()
      const id = '0'.repeat(32) as BlobId
      await expect(blobs.read(id)).rejects.toMatchObject({ code: 'StorageUnavailable' })
      await expect(blobs.placeInto(id, join(await folder(), 'x'))).rejects.toMatchObject({ code: 'StorageUnavailable' })
    })

    test('an id that is none is never taken for a path', async () => {
      const blobs = await open()
      for (const id of ['', '..', '../../etc/passwd', '/etc/passwd', `${'0'.repeat(30)}/.`] as BlobId[]) {
        await expect(blobs.read(id)).rejects.toMatchObject({ code: 'StorageUnavailable' })
      }
    })

    test('removes, and does not mind what is gone already', async () => {
      const blobs = await open()
      const { id } = await blobs.write(stream([Buffer.from('abc')]))
      await blobs.remove(id)
      await blobs.remove(id)
      await expect(blobs.read(id)).rejects.toMatchObject({ code: 'StorageUnavailable' })
      expect(await everything(blobs)).toEqual([])
    })

    test('a reader that has begun reads to the end, whatever is removed', async () => {
      const blobs = await open()
      const whole = Buffer.alloc(2_000_000, 'x')
      const { id } = await blobs.write(stream([whole]))
      const reading = await blobs.read(id)
      await blobs.remove(id)
      // Not toEqual, which compares two million numbers one by one.
      expect(Buffer.concat(await reading.toArray()).equals(whole)).toBe(true)
    })

    describe('pours what is only passed on', () => {
      const numbered = (size: number, from = 0) => Buffer.from(Array.from({ length: size }, (_, n) => (n + from) % 251))
      const poured = async (blobs: BlobStore, id: BlobId, start: number, end: number) => {
        const pieces: Buffer[] = []
        await blobs.pour(id, { start, end }, async (piece) => {
          pieces.push(Buffer.from(piece))
        })
        return Buffer.concat(pieces)
      }

      test.each([
        ['all of it', 0, 2_999_999],
        ['its first byte', 0, 0],
        ['its last byte', 2_999_999, 2_999_999],
        ['from its middle on', 1_234_567, 2_999_999],
        ['a part of it', 100, 1_600_000],
        ['none of it', 5, 4],
      ])('%s, in its order', async (_what, start, end) => {
        const blobs = await open()
        const whole = numbered(3_000_000)
        const { id } = await blobs.write(stream([whole]))
        expect((await poured(blobs, id, start, end)).equals(whole.subarray(start, end + 1))).toBe(true)
      })

      test('a piece stays what it is until it is taken, however many pour at once', async () => {
        const blobs = await open()
        const wholes = Array.from({ length: 6 }, (_, n) => numbered(2_500_000, n * 7))
        const kept = await Promise.all(wholes.map((whole) => blobs.write(stream([whole]))))
        const pour = async (whole: Buffer, id: BlobId) => {
          let position = 0
          await blobs.pour(id, { start: 0, end: whole.length - 1 }, async (piece) => {
            // Long enough for others to read a piece.
            for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve))
            expect(whole.subarray(position, position + piece.length).equals(piece)).toBe(true)
            position += piece.length
          })
          expect(position).toBe(whole.length)
        }
        await Promise.all([...kept, ...kept].map(({ id }, n) => pour(wholes[n % wholes.length]!, id)))
      })

      test('one piece at a time', async () => {
        const blobs = await open()
        const { id } = await blobs.write(stream([numbered(3_000_000)]))
        let lent = 0
        await blobs.pour(id, { start: 0, end: 2_999_999 }, async () => {
          lent++
          await new Promise((resolve) => setImmediate(resolve))
          expect(lent).toBe(1)
          lent--
        })
      })

      test('ends with the failure of whoever takes, who is given nothing more', async () => {
        const blobs = await open()
        const { id } = await blobs.write(stream([numbered(3_000_000)]))
        let taken = 0
        const pouring = blobs.pour(id, { start: 0, end: 2_999_999 }, async () => {
          taken++
          await new Promise((resolve) => setImmediate(resolve))
          throw new Error('nobody there')
        })
        await expect(pouring).rejects.toThrow('nobody there')
        expect(taken).toBe(1)
      })

      test('to the end, whatever is removed', async () => {
        const blobs = await open()
        const whole = numbered(3_000_000)
        const { id } = await blobs.write(stream([whole]))
        const pieces: Buffer[] = []
        await blobs.pour(id, { start: 0, end: 2_999_999 }, async (piece) => {
          pieces.push(Buffer.from(piece))
          await blobs.remove(id)
        })
        expect(Buffer.concat(pieces).equals(whole)).toBe(true)
      })

      test('what is not there, or not as long as that, is StorageUnavailable', async () => {
        const blobs = await open()
        const { id } = await blobs.write(stream([Buffer.from('abc')]))
        for (const [of, end] of [
          ['0'.repeat(32), 2],
          ['../../etc/passwd', 2],
          [id, 3],
        ] as [BlobId, number][]) {
          await expect(poured(blobs, of, 0, end)).rejects.toMatchObject({ code: 'StorageUnavailable' })
        }
        const nobody = async () => expect.unreachable()
        await expect(blobs.pour(id, { start: 3, end: 9 }, nobody)).rejects.toMatchObject({ code: 'StorageUnavailable' })
      })
    })

    test('places a blob as a file that outlives it', async () => {
      const blobs = await open()
      const { id } = await blobs.write(stream([Buffer.from('abc')]))
      const file = join(await folder(), 'source')
      await blobs.placeInto(id, file)
      await blobs.remove(id)
      expect(await readFile(file, 'utf8')).toBe('abc')
      expect((await stat(file)).mode & 0o222).toBe(0)
    })

    test('joins blobs in the order asked for, and leaves them as they are', async () => {
      const blobs = await open()
      const texts = ['a'.repeat(1_500_000), '', 'b', 'c'.repeat(1_048_576)]
      const parts = await Promise.all(texts.map((text) => blobs.write(stream([Buffer.from(text)]))))
      const joined = await blobs.join(parts.map(({ id }) => id).reverse())
      const whole = Buffer.from([...texts].reverse().join(''))
      expect(joined.size).toBe(whole.length)
      expect((await bytesOf(blobs, joined.id)).equals(whole)).toBe(true)
      for (const [n, { id }] of parts.entries()) expect((await bytesOf(blobs, id)).toString()).toBe(texts[n])
      expect((await bytesOf(blobs, (await blobs.join([])).id)).length).toBe(0)
    })

    test('joins only what is there, and leaves nothing otherwise', async () => {
      const blobs = await open()
      const kept = await blobs.write(stream([Buffer.from('abc')]))
      const gone = await blobs.write(stream([Buffer.from('def')]))
      await blobs.remove(gone.id)
      await expect(blobs.join([kept.id, gone.id])).rejects.toMatchObject({ code: 'StorageUnavailable' })
      expect(await everything(blobs)).toEqual([kept.id])
    })

    test('adopts a finished file, which is gone from where it was', async () => {
      const blobs = await open()
      const file = join(await folder(), 'result')
      await writeFile(file, 'abc')
      const id = await blobs.adopt(file)
      expect((await bytesOf(blobs, id)).toString()).toBe('abc')
      await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' })
    })

    test('adopts only what is there', async () => {
      const blobs = await open()
      await expect(blobs.adopt(join(await folder(), 'result'))).rejects.toMatchObject({ code: 'StorageUnavailable' })
      expect(await everything(blobs)).toEqual([])
    })

    test('tells which blobs are older than a time', async () => {
      const blobs = await open()
      const first = await blobs.write(stream([Buffer.from('a')]))
      const file = join(await folder(), 'result')
      await writeFile(file, 'b')
      const second = await blobs.adopt(file)
      expect((await everything(blobs)).sort()).toEqual([first.id, second].sort())
      expect(await everything(blobs, Date.now() - 60_000)).toEqual([])
    })
  })
}

async function* stream(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    await Promise.resolve()
    yield piece
  }
}

function halves(text: string): Uint8Array[] {
  const bytes = Buffer.from(text)
  return [bytes.subarray(0, bytes.length / 2), bytes.subarray(bytes.length / 2)]
}

async function bytesOf(blobs: BlobStore, id: BlobId, range?: { start: number; end: number }): Promise<Buffer> {
  return Buffer.concat(await (await blobs.read(id, range)).toArray())
}

/** Every blob and every left-over: of "older than a minute from now" there is everything. */
function everything(blobs: BlobStore, olderThan = Date.now() + 60_000): Promise<BlobId[]> {
  return Readable.from(blobs.olderThan(olderThan)).toArray()
}

/** An attempt folder, so to speak. */
async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pixmill-attempt-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}
