import { type Log, Signals } from '../base/index.ts'
import type { OpenLedger } from '../database/index.ts'
import { type JobStore, Worker, type WorkerSignal } from '../jobs/index.ts'
import type { BlobStore } from '../objects/index.ts'
import type { Settings } from '../settings/index.ts'
import type { EngineRoom } from './engine-room.ts'
import type { PictureMaking } from './picture-making.ts'
import { pictureWork } from './picture-work.ts'
import type { Stops } from './stops.ts'

/**
 * Jobs claimed beyond the free slots of the engines, so that the next picture is linked and in line when a slot becomes
 * free, instead of only then being asked for: docs/decisions/claimed-ahead.md.
 */
const CLAIMED_AHEAD = 3
/** Beyond so many at a time a further one saves next to nothing. */
const MOST_AT_ONCE = 6

export interface WorkDeps {
  readonly ledger: OpenLedger
  /** The jobs of the ledger, as somebody sees them who looks after unnamed blobs. */
  readonly jobs: JobStore
  readonly blobs: BlobStore
  readonly engineRoom: EngineRoom
  readonly making: PictureMaking
}

/** The worker, which claims jobs and carries them through; it is not started yet. */
export function openWorkRoom(
  settings: Settings,
  { ledger, jobs, blobs, engineRoom: { engines, folders }, making }: WorkDeps,
  log: Log,
  stops: Stops,
): { readonly worker: Worker; readonly signals: Signals<WorkerSignal> } {
  const signals = new Signals<WorkerSignal>()
  const worker = new Worker({
    store: jobs,
    doJob: pictureWork({
      blobs,
      engines,
      folders,
      ...making,
      deadlineMs: settings.jobDeadlineMs,
    }),
    slots: engines.slots,
    ahead: CLAIMED_AHEAD,
    mostAtOnce: MOST_AT_ONCE,
    retryWaitsMs: settings.retryWaitsMs,
    maxBlames: 3,
    aloneFromUncleanEnds: 2,
    stopGraceMs: settings.stopGraceMs,
    tellWhetherJobsWait: (waiting) => engines.setJobsWaiting(waiting),
    pollMs: 5_000,
    clock: ledger.clock,
    log,
    signals,
  })
  stops.add(() => worker.stop())
  ledger.wakes.on('jobs', () => worker.wake())
  ledger.underWay.on('jobs', () => worker.wake())
  ledger.takenForDead.on('taken for dead', () => worker.abandon())
  return { worker, signals }
}
