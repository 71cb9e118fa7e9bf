import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { emptiedDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { followOptions } from '../../test/support/what-follows.ts'
import { whatFollowsWith } from '../app/what-follows.ts'
import { keepsTheWorkflowStoreContract } from '../workflows/workflow-store.contract.ts'
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

const rules = ({ openService }: { openService: boolean }) =>
  whatFollowsWith({ ...followOptions, submitOptions: { ...followOptions.submitOptions, openService } })

describe('workflows and runs on SQLite', () => {
  keepsTheWorkflowStoreContract(async (options = { openService: true }) => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-workflows-'))
    const clock = movableClock()
    const whatFollows = rules(options)
    const ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db'), now: clock.now, whatFollows })
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

describe.skipIf(!hasPostgres)('workflows and runs on PostgreSQL', () => {
  const emptied = emptiedDatabase()
  keepsTheWorkflowStoreContract(async (options = { openService: true }) => {
    const { url } = await emptied()
    const clock = movableClock()
    const ledger = await openPostgresInProcess({ url, now: clock.now, whatFollows: rules(options) })
    return {
      stores: ledger.stores,
      ...clock,
      serverDies: () => ledger.dieAndComeBack(),
      close: () => ledger.close(),
    }
  })
})
