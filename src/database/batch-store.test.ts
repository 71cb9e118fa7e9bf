import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { emptiedDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { keepsTheBatchStoreContract } from '../workflows/batch/batch-store.contract.ts'
import { openPostgresInProcess } from './postgres/open-in-process.ts'
import { openSqliteInProcess } from './sqlite/index.ts'

function movableClock() {
  let now = Date.UTC(2026, 2, 2)
  return {
    now: () => now,
    pass: (ms: number) => {
      now += ms
    },
  }
}

describe('batches on SQLite', () => {
  keepsTheBatchStoreContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-batches-'))
    const clock = movableClock()
    const ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db'), now: clock.now })
    return {
      stores: ledger.stores,
      ...clock,
      close: async () => {
        await ledger.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  })
})

describe.skipIf(!hasPostgres)('batches on PostgreSQL', () => {
  const emptied = emptiedDatabase()
  keepsTheBatchStoreContract(async () => {
    const { url } = await emptied()
    const clock = movableClock()
    const ledger = await openPostgresInProcess({ url, now: clock.now })
    return { stores: ledger.stores, ...clock, close: () => ledger.close() }
  })
})
