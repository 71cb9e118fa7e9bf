import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { emptiedDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { keepsTheKeyStoreContract } from '../keys/key-store.contract.ts'
import { openPostgresInProcess } from './postgres/open-in-process.ts'
import { openSqliteInProcess } from './sqlite/open-in-process.ts'

const start = Date.UTC(2026, 2, 2)

describe.skipIf(!hasPostgres)('keys on PostgreSQL', () => {
  const emptied = emptiedDatabase()
  keepsTheKeyStoreContract(async () => {
    const { url } = await emptied()
    let now = start
    const ledger = await openPostgresInProcess({ url, now: () => now })
    return {
      keys: ledger.stores.keys,
      now: () => now,
      pass: (ms) => {
        now += ms
      },
      close: () => ledger.close(),
    }
  })
})

describe('keys on SQLite', () => {
  keepsTheKeyStoreContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-keys-'))
    let now = start
    const ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db'), now: () => now })
    return {
      keys: ledger.stores.keys,
      now: () => now,
      pass: (ms) => {
        now += ms
      },
      close: async () => {
        await ledger.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  })
})
