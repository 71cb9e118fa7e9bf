import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, onTestFinished } from 'vitest'
import { freshDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { keepsTheStyleStoreContract } from '../objects/style-store.contract.ts'
import { openPostgresInProcess } from './postgres/open-in-process.ts'
import { openSqliteInProcess } from './sqlite/index.ts'
import type { Stores } from './stores.ts'

async function withBuckets({ objects, styles }: Stores) {
  for (const name of ['demo-1250000000', 'other-1250000000']) await objects.createBucket({ name, region: 'ap-test' })
  return styles
}

describe('styles in SQLite', () => {
  keepsTheStyleStoreContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-ledger-'))
    const ledger = await openSqliteInProcess({ file: join(folder, 'pixmill.db') })
    onTestFinished(async () => {
      await ledger.close()
      await rm(folder, { recursive: true, force: true })
    })
    return withBuckets(ledger.stores)
  })
})

describe.skipIf(!hasPostgres)('styles in PostgreSQL', () => {
  keepsTheStyleStoreContract(async () => {
    const database = await freshDatabase()
    const ledger = await openPostgresInProcess({ url: database.url })
    onTestFinished(async () => {
      await ledger.close()
      await database.drop()
    })
    return withBuckets(ledger.stores)
  })
})
