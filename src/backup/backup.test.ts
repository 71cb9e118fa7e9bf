import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type BlobId, crc64 } from '../base/index.ts'
import { type BackupParts, type BackupTaker, readBackup, writeBackup } from './index.ts'
import { tarBytes, tarHeader } from './tar.ts'

const ledger = Buffer.from('this would be a ledger'.repeat(100))
const idOf = (n: number) => n.toString(16).padStart(32, '0') as BlobId
const blobs = [Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(512, 'b'), Buffer.alloc(100_000, 'c')]

function parts(changes: Partial<BackupParts> = {}): BackupParts {
  return {
    madeAtMs: Date.UTC(2026, 2, 2),
    ledger: { size: ledger.length, crc64: crc64(ledger), read: () => pieces(ledger) },
    credentials: Buffer.from('{}'),
    blobs: {
      count: blobs.length,
      bytes: blobs.reduce((sum, { length }) => sum + length, 0),
      async *all() {
        for (const [n, bytes] of blobs.entries()) yield { id: idOf(n), size: bytes.length, crc64: crc64(bytes) }
      },
    },
    readBlob: async (id) => pieces(blobs[Number.parseInt(id, 16)]!),
    ...changes,
  }
}

async function* pieces(bytes: Uint8Array, size = 7_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Takes everything, and keeps it for a look. */
function taker(): BackupTaker & { files: Map<string, Buffer>; gone: string[] } {
  const files = new Map<string, Buffer>()
  const gone: string[] = []
  const keep = (name: string) => async (bytes: AsyncIterable<Uint8Array>) => {
    files.set(name, await buffer(bytes))
  }
  return {
    files,
    gone,
    ledger: keep('ledger'),
    credentials: keep('credentials'),
    blob: (id, bytes) => keep(id)(bytes),
    async damaged(id) {
      gone.push(id)
    },
  }
}

describe('a backup', () => {
  test.each([1, 511, 512, 513, 1_000_000])('read in pieces of %d bytes is what was written', async (size) => {
    const bytes = await buffer(writeBackup(parts()))
    const taken = taker()
    const read = await readBackup(pieces(bytes, size), taken)
    expect(read).toMatchObject({
      blobs: 4,
      missing: 0,
      damagedIds: [],
      manifest: { madeAt: '2026-03-02T00:00:00.000Z' },
    })
    expect(taken.files.get('ledger')).toEqual(ledger)
    expect(taken.files.get('credentials')!.toString()).toBe('{}')
    for (const [n, blob] of blobs.entries()) expect(taken.files.get(idOf(n))!.equals(blob)).toBe(true)
  })

  test('the source is taken to its very end, and let go of when the reading fails', async () => {
    const bytes = await buffer(writeBackup(parts()))
    let state = 'open'
    async function* watched(fails: boolean) {
      try {
        for await (const piece of pieces(bytes, 512)) yield piece
        state = 'taken'
      } finally {
        if (fails) state = 'let go'
      }
    }
    await readBackup(watched(false), taker())
    expect(state).toBe('taken')
    const refusing = { ...taker(), ledger: () => Promise.reject(new Error('no room here')) }
    await expect(readBackup(watched(true), refusing)).rejects.toThrow('no room here')
    expect(state).toBe('let go')
  })

  test('a tar program can unpack it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-tar-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'backup.tar'), await buffer(writeBackup(parts())))
    execFileSync('tar', ['xf', 'backup.tar'], { cwd: folder })
    expect(await readFile(join(folder, 'ledger.db'))).toEqual(ledger)
    expect(await readFile(join(folder, 'blobs', `${idOf(3)}.${crc64(blobs[3]!)}`))).toSatisfy((bytes: Buffer) =>
      bytes.equals(blobs[3]!),
    )
  })

  test('cut off anywhere, it is refused', async () => {
    const bytes = await buffer(writeBackup(parts()))
    for (let length = 0; length < bytes.length - 1_024; length += 4_999) {
      await expect(readBackup(pieces(bytes.subarray(0, length)), taker()), `${length}`).rejects.toMatchObject({
        code: 'InvalidContent',
      })
    }
  })

  test('a damaged blob is told, and the others are read', async () => {
    const bytes = await buffer(writeBackup(parts()))
    bytes[bytes.indexOf(Buffer.alloc(300, 'c'))] = 0x7a
    const taken = taker()
    expect(await readBackup(pieces(bytes), taken)).toMatchObject({ blobs: 3, damagedIds: [idOf(3)] })
    expect(taken.gone).toEqual([idOf(3)])
  })

  test('a damaged ledger is refused', async () => {
    const bytes = await buffer(writeBackup(parts()))
    bytes[bytes.indexOf('would be')] = 0x7a
    await expect(readBackup(pieces(bytes), taker())).rejects.toThrow('ledger.db in it is damaged')
  })

  test('a blob that the store has lost, or has otherwise than the ledger says, is told; the others are there', async () => {
    const bytes = await buffer(
      writeBackup(
        parts({
          readBlob: async (id) => {
            if (id === idOf(1)) throw new Error('gone')
            return pieces(id === idOf(3) ? blobs[3]!.subarray(0, 5) : id === idOf(2) ? Buffer.alloc(9_000) : blobs[0]!)
          },
        }),
      ),
    )
    expect(await readBackup(pieces(bytes), taker())).toMatchObject({
      blobs: 1,
      missing: 1,
      missingIds: [idOf(1)],
      damagedIds: [idOf(2), idOf(3)],
    })
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a picture', Buffer.from('89504e470d0a1a0a'.repeat(200), 'hex')],
    ['another tar', Buffer.concat([tarHeader('etc/passwd', 0, 0), Buffer.alloc(1_024)])],
  ])('%s is none', async (_what, bytes) => {
    await expect(readBackup(pieces(bytes), taker())).rejects.toMatchObject({ code: 'InvalidContent' })
  })

  test('a name that is no blob of ours is refused before anything is written', async () => {
    const bytes = await buffer(writeBackup(parts()))
    const at = bytes.indexOf('blobs/')
    const evil = Buffer.from(tarHeader('blobs/../../etc/cron.d/x', 0, 0))
    evil.copy(bytes, at)
    await expect(readBackup(pieces(bytes), taker())).rejects.toThrow('which no backup does')
  })

  test('sizes beyond 8 GiB have their place', () => {
    const size = 10 * 1024 ** 3
    const header = Buffer.from(tarHeader('ledger.db', size, 0))
    expect(header[124]).toBe(0x80)
    expect(Number(header.readBigUInt64BE(128))).toBe(size)
    expect(tarBytes(513)).toBe(512 + 1_024)
  })
})
