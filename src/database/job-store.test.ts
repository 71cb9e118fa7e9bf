import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { keepsTheJobStoreContract } from '../jobs/job-store.contract.ts'
import { openSqliteInProcess } from './sqlite/open-in-process.ts'

describe('jobs, queues and templates on SQLite', () => {
  keepsTheJobStoreContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-jobs-'))
    let now = Date.UTC(2026, 2, 2)
    const ledger = await openSqliteInProcess({
      file: join(folder, 'ledger.db'),
      now: () => now,
      whatFollows: (job) => ({
        name: 'TaskFinish',
        subject: job.id,
        bucket: job.bucket,
        deliveries: [
          { url: job.callback.url ?? '', contentType: 'application/json', body: Buffer.from(job.state, 'utf8') },
        ],
      }),
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
})
