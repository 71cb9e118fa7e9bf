import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { emptiedDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { stateToTheUrl } from '../../test/support/what-follows.ts'
import type { Signals } from '../base/index.ts'
import { keepsTheJobStoreContract } from '../jobs/job-store.contract.ts'
import type { WakeChannel } from './ledger.ts'
import { openPostgresInProcess } from './postgres/open-in-process.ts'
import { openEmptySqlite } from './sqlite/empty-ledger.ts'
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

function countEnds(wakes: Signals<WakeChannel>): () => number {
  let count = 0
  wakes.on('ended', () => {
    count += 1
  })
  return () => count
}

const rankBehind = (id: string): string => `update jobs set rank = 1 where id = '${id}'`

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
      endsAnnounced: countEnds(ledger.wakes),
      // Whatever runs was begun by an earlier boot: the ledger has one server, and it asks at its start.
      serverDies: async () => undefined,
      rankBehind: async (id) => ledger.exec(rankBehind(id)),
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
      endsAnnounced: countEnds(ledger.wakes),
      serverDies: () => ledger.dieAndComeBack(),
      rankBehind: (id) => ledger.exec(rankBehind(id)),
      close: async () => {
        await ledger.close()
      },
    }
  })
})

test.each([
  [
    'the next jobs of a queue',
    `select id, level, rank, created_at from jobs where queue_id = 'p' and state = 'Submitted' and not_before <= 5
      order by level desc, rank, created_at, id limit 3`,
    'INDEX jobs_waiting (queue_id=?)',
  ],
  [
    'the jobs of a workflow, a page',
    `select * from jobs where bucket = 'b' and workflow_id = 'w' order by created_at desc, id desc limit 10`,
    'INDEX jobs_by_workflow (workflow_id=?)',
  ],
  [
    'the runs of a workflow, a page',
    `select * from runs where workflow_id = 'w' and bucket = 'b' order by created_at desc, id desc limit 10`,
    'INDEX runs_by_workflow (workflow_id=?)',
  ],
  [
    'the workflows that an upload may start',
    `select * from workflows where bucket = 'b' and state = 'Active' and substr('k', 1, length(object_prefix)) = object_prefix`,
    'INDEX workflows_active (bucket=?)',
  ],
])('%s: read from the index, in its order', async (_what, query, index) => {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-plans-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const connection = await openEmptySqlite(join(folder, 'ledger.db'))
  const { rows } = await sql<{ detail: string }>`explain query plan ${sql.raw(query)}`.execute(connection.db)
  const plan = rows.map(({ detail }) => detail).join('\n')
  expect(plan).toContain(index)
  expect(plan).not.toContain('TEMP B-TREE')
  connection.close()
})
