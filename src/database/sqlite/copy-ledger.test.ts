import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { followOptions } from '../../../test/support/what-follows.ts'
import { compiledProgram } from '../../base/index.ts'
import { openSqliteInProcess } from './open-in-process.ts'
import { openSqliteLedger } from './open-ledger.ts'

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-copy-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function openIn(folder: string) {
  const ledger = await openSqliteLedger({
    file: join(folder, 'ledger.db'),
    lockFile: join(folder, 'lock.db'),
    program: compiledProgram('app/ledger-thread.js'),
    readsProgram: compiledProgram('app/reads-thread.js'),
    followOptions,
  })
  onTestFinished(() => ledger.close())
  return ledger
}

test('a copy has what was acknowledged before it was asked for, is whole, and holds nobody up', async () => {
  const folder = await newFolder()
  const ledger = await openIn(folder)
  let made = 0
  const make = async () => {
    const name = `b${made++}-1250000000`
    await ledger.stores.objects.createBucket({ name, region: 'ap-test' })
  }
  for (let n = 0; n < 300; n += 1) await make()
  const before = made
  let isCopied = false
  let during = 0
  const copy = ledger.copyTo!(join(folder, 'copy.db')).then((facts) => {
    isCopied = true
    return facts
  })
  while (!isCopied) {
    await make()
    during += 1
  }
  const { size, crc64 } = await copy
  expect(during).toBeGreaterThan(1)
  expect(size).toBe((await stat(join(folder, 'copy.db'))).size)
  expect(crc64).toMatch(/^\d+$/)
  const opened = await openSqliteInProcess({ file: join(folder, 'copy.db') })
  const copied = (await opened.stores.objects.listBuckets()).length
  await opened.close()
  expect(copied).toBeGreaterThanOrEqual(before)
  expect(copied).toBeLessThanOrEqual(made)
  // Work goes on afterwards, and the log is folded in again.
  for (let n = 0; n < 50; n += 1) await make()
  expect(await ledger.stores.objects.listBuckets()).toHaveLength(made)
})

test('a copy is not put over a file that is there, and the ledger goes on', async () => {
  const folder = await newFolder()
  const ledger = await openIn(folder)
  await ledger.copyTo!(join(folder, 'copy.db'))
  await expect(ledger.copyTo!(join(folder, 'copy.db'))).rejects.toMatchObject({ code: 'StorageUnavailable' })
  expect(await ledger.stores.objects.createBucket({ name: 'a-1250000000', region: 'ap-test' })).toBe(true)
})

test('the blobs that a ledger names are told once each, page by page', async () => {
  const folder = await newFolder()
  const ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db') })
  const bucket = 'a-1250000000'
  await ledger.stores.objects.createBucket({ name: bucket, region: 'ap-test' })
  const publish = (key: string, blobId: string, size: number) =>
    ledger.stores.objects.publishObject({
      bucket,
      key,
      blobId: blobId as never,
      size,
      etag: 'e',
      crc64: String(size),
      contentType: '',
      headers: {},
      requestId: '',
      eventName: '',
      origin: 'client',
    })
  expect(await ledger.stores.backup.namedBlobTotals()).toEqual({ count: 0, bytes: 0 })
  await publish('one', 'b1', 10)
  await publish('again', 'b1', 10)
  await publish('two', 'b2', 5)
  expect(await ledger.stores.backup.namedBlobTotals()).toEqual({ count: 2, bytes: 15 })
  expect(await ledger.stores.backup.namedBlobsAfter('', 1)).toEqual([{ id: 'b1', size: 10, crc64: '10' }])
  expect(await ledger.stores.backup.namedBlobsAfter('b1', 9)).toEqual([{ id: 'b2', size: 5, crc64: '5' }])
  await ledger.close()
})
