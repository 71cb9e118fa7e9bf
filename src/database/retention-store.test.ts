import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { emptiedDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { stateToTheUrl } from '../../test/support/what-follows.ts'
import { keepsTheRetentionStoreContract } from '../jobs/retention-store.contract.ts'
import { openPostgresInProcess } from './postgres/open-in-process.ts'
import { openEmptySqlite } from './sqlite/empty-ledger.ts'
import { openSqliteInProcess } from './sqlite/open-in-process.ts'

describe.skipIf(!hasPostgres)('retention on PostgreSQL', () => {
  const emptied = emptiedDatabase()
  keepsTheRetentionStoreContract(async () => {
    const { url } = await emptied()
    let now = Date.UTC(2026, 2, 2)
    const ledger = await openPostgresInProcess({ url, now: () => now, whatFollows: stateToTheUrl })
    return {
      stores: ledger.stores,
      pass: (ms) => {
        now += ms
      },
      now: () => now,
      close: async () => {
        await ledger.close()
      },
    }
  })
})

describe('retention on SQLite', () => {
  keepsTheRetentionStoreContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-retention-'))
    let now = Date.UTC(2026, 2, 2)
    const ledger = await openSqliteInProcess({
      file: join(folder, 'ledger.db'),
      now: () => now,
      whatFollows: stateToTheUrl,
    })
    return {
      stores: ledger.stores,
      pass: (ms) => {
        now += ms
      },
      now: () => now,
      close: async () => {
        await ledger.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  })

  test.each([
    [
      'the oldest ended jobs',
      `select id, ended_at, run_id from jobs where ended_at is not null and (ended_at, id) < (5, 'b') and (ended_at, id) > (1, 'a') order by ended_at, id limit 9`,
      'INDEX jobs_ended ((ended_at,id)>(?,?) AND (ended_at,id)<(?,?))',
    ],
    [
      'the line of ended jobs',
      `select ended_at, id from jobs where ended_at is not null and (ended_at, id) < (5, 'b') order by ended_at desc, id desc limit 1 offset 9`,
      'COVERING INDEX jobs_ended (',
    ],
    ['the jobs of a run', `select id from jobs where run_id = 'i'`, 'INDEX jobs_of_run (run_id=?)'],
    [
      'the oldest ended runs',
      `select id, ended_at from runs where ended_at is not null and (ended_at, id) < (5, 'b') order by ended_at, id limit 9`,
      'INDEX runs_ended (',
    ],
    [
      'delivered bodies',
      `select id from deliveries where state = 'Delivered' and length(body) > 0 and ended_at < 5 order by ended_at limit 9`,
      'deliveries_with_body (ended_at<?)',
    ],
    ['whether an event is named', `select 1 from deliveries where event_id = 'e'`, 'deliveries_by_event'],
  ])('%s: read from the index', async (_what, query, index) => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-retention-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const connection = await openEmptySqlite(join(folder, 'ledger.db'))
    const { rows } = await sql<{ detail: string }>`explain query plan ${sql.raw(query)}`.execute(connection.db)
    const plan = rows.map(({ detail }) => detail).join('\n')
    expect(plan).toContain(index)
    expect(plan).not.toContain('TEMP B-TREE')
    connection.close()
  })
})
