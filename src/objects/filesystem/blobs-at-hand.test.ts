import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type BlobId, systemClock } from '../../base/index.ts'
import { blobsAtHand, openFilesystemBlobStore } from './index.ts'

async function newStore() {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-blobs-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const blobs = await openFilesystemBlobStore({ folder, clock: systemClock })
  const write = (text: string) =>
    blobs.write(
      (async function* () {
        yield Buffer.from(text)
      })(),
    )
  return { folder, blobs, write }
}

test('the bytes of a blob are given whole, in a memory of their own', async () => {
  const { folder, write } = await newStore()
  const { id } = await write('a small blob')
  const bytes = blobsAtHand(folder)(id, 12)!
  expect(Buffer.from(bytes).toString()).toBe('a small blob')
  expect(bytes.buffer.byteLength).toBe(12)
  const empty = await write('')
  expect(blobsAtHand(folder)(empty.id, 0)).toEqual(new Uint8Array(0))
})

test('what is not there, is shorter than it should be, or has no id of a blob is not given', async () => {
  const { folder, blobs, write } = await newStore()
  const read = blobsAtHand(folder)
  const { id } = await write('abc')
  expect(read(id, 4)).toBeNull()
  await blobs.remove(id)
  expect(read(id, 3)).toBeNull()
  const secret = join(folder, 'secret')
  await writeFile(secret, 'abc')
  for (const name of ['', '..', '../secret', secret, 'secret'] as BlobId[]) expect(read(name, 3)).toBeNull()
})
