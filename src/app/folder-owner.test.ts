import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { SecretStore } from '../database/index.ts'
import { bindFolderToLedger, refuseFolderOfPostgres } from './folder-owner.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-owner-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A ledger that knows its id. */
const ledger = (id: string): SecretStore => ({ secretsFor: async () => [id] })

test('a folder is marked once and goes with its ledger from then on, and with no other', async () => {
  await refuseFolderOfPostgres(folder)
  await bindFolderToLedger(folder, ledger('one'))
  await bindFolderToLedger(folder, ledger('one'))
  expect(await readdir(folder)).toEqual(['ledger.id'])
  await expect(bindFolderToLedger(folder, ledger('two'))).rejects.toMatchObject({
    code: 'InvalidArgument',
    message: expect.stringContaining('belong to another ledger'),
  })
  await expect(refuseFolderOfPostgres(folder)).rejects.toMatchObject({
    message: expect.stringContaining('PIXMILL_DATABASE_URL is not given'),
  })
})

test('a folder with a SQLite ledger is not taken over', async () => {
  await writeFile(join(folder, 'ledger.db'), '')
  await expect(bindFolderToLedger(folder, ledger('one'))).rejects.toMatchObject({
    message: expect.stringContaining('belong to the SQLite ledger'),
  })
})
