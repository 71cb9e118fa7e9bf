import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { compiledProgram, type DeliveryId, Signals, silentLog, systemClock } from '../../src/base/index.ts'
import { openSqliteLedger } from '../../src/database/index.ts'
import { openSqliteInProcess } from '../../src/database/sqlite/index.ts'
import { RecordCleaner, type RecordCleanerSignal } from '../../src/jobs/index.ts'
import { endedJobsSql } from '../support/ended-jobs.ts'
import { followOptions } from '../support/what-follows.ts'

const DAY = 86_400_000

test('20 000 ended jobs go in batches, and everybody else has a turn between any two', {
  timeout: 300_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-retention-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'ledger.db')
  const filling = await openSqliteInProcess({ file })
  filling.exec(endedJobsSql({ count: 20_000, lastEndedAt: Date.now() - 31 * DAY }))
  await filling.close()

  const ledger = await openSqliteLedger({
    file,
    lockFile: join(folder, 'lock.db'),
    program: compiledProgram('app/ledger-thread.js'),
    readsProgram: compiledProgram('app/reads-thread.js'),
    followOptions,
  })
  onTestFinished(() => ledger.close())
  const signals = new Signals<RecordCleanerSignal>()
  const cleaner = new RecordCleaner({
    store: ledger.stores.retention,
    keepJobsMs: 30 * DAY,
    maxEndedJobs: 2_000_000,
    keepBodiesMs: 3 * DAY,
    everyMs: DAY,
    batchSize: 100,
    pauseMs: 0,
    clock: systemClock,
    log: silentLog,
    signals,
  })
  let batches = 0
  // What a neighbour waits for, counted in batches that ended between its question and its answer.
  let longestWait = 0
  signals.on('batch removed', () => {
    batches += 1
  })
  signals.on('batch emptied', () => {
    batches += 1
  })
  let isOver = false
  let asked = 0
  const neighbour = (async () => {
    while (!isOver) {
      const before = batches
      // Changes nothing, and has to wait for its turn all the same: what only asks is answered beside the batches.
      await ledger.stores.deliveries.returnUntried('dlv_none' as DeliveryId, 'nobody', 0)
      asked += 1
      longestWait = Math.max(longestWait, batches - before)
    }
  })()
  expect(await cleaner.clean()).toEqual({ jobs: 20_000, runs: 0, batches: 0, bodies: 20_000 })
  isOver = true
  await neighbour
  expect(batches).toBe(400)
  expect(2 * asked).toBeGreaterThanOrEqual(batches)
  // The batch that was running when it asked, and one that was asked for at the same moment.
  expect(longestWait).toBeLessThanOrEqual(2)
  expect(await ledger.stores.retention.endedJobBehind(null, 1)).toBeNull()
})
