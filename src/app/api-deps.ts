import type { Log } from '../base/index.ts'
import type { OpenLedger } from '../database/index.ts'
import type { CiDeps } from '../http/ci/index.ts'
import { JobWaits, retryJob } from '../jobs/index.ts'
import type { Backups } from './backups.ts'

/** Calls of the JSON door that may wait for jobs at once. Each is an open connection. */
const MAX_WAITING_CALLS = 1_000
const LOOK_EVERY_MS = 5_000

export interface ApiDepsOf {
  readonly ledger: OpenLedger
  readonly ciDeps: CiDeps
  readonly backups: Backups
  readonly waits: JobWaits
}

/** Those who wait for jobs: woken by each commit that ends some. */
export function openJobWaits({ stores, wakes }: OpenLedger, log: Log): JobWaits {
  const waits = new JobWaits({
    findEnded: (ids) => stores.jobs.findEnded(ids),
    maxWaiting: MAX_WAITING_CALLS,
    lookEveryMs: LOOK_EVERY_MS,
    log,
  })
  wakes.on('ended', () => waits.wake())
  return waits
}

/** What the JSON door needs: what the processing service's door needs, and what only this one offers. */
export function apiDepsOf({ ledger, ciDeps, backups, waits }: ApiDepsOf) {
  const { jobs } = ledger.stores
  return {
    ...ciDeps,
    waits,
    retry: (bucket: string, id: string) => retryJob({ store: jobs, submit: ciDeps.submit }, bucket, id),
    backup: () => backups.stream(),
  }
}
