import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { emptiedDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { stateToTheUrl } from '../../test/support/what-follows.ts'
import { keepsTheJobStoreContract } from '../jobs/job-store.contract.ts'
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

describe('jobs, queues and templates on SQLite', () => {
  keepsTheJobStoreContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-jobs-'))
    const clock = movableClock()
    const ledger = await openSqliteInProcess({
      file: join(folder, 'ledger.db'),
      now: clock.now,
      whatFollows: stateToTheUrl,
    })
    return {
      stores: ledger.stores,
      ...clock,
      // Whatever runs was begun by an earlier boot: the ledger has one server, and it asks at its start.
      serverDies: async () => undefined,
      close: async () => {
        await ledger.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  })
})

describe.skipIf(!hasPostgres)('jobs, queues and templates on PostgreSQL', () => {
  const emptied = emptiedDatabase()
  keepsTheJobStoreContract(async () => {
    const { url } = await emptied()
    const clock = movableClock()
    const ledger = await openPostgresInProcess({ url, now: clock.now, whatFollows: stateToTheUrl })
    return {
      stores: ledger.stores,
      ...clock,
      serverDies: () => ledger.dieAndComeBack(),
      close: async () => {
        await ledger.close()
      },
    }
  })
})
