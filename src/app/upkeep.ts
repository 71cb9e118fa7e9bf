import { type Agent, type BlobId, type Log, Signals, systemClock } from '../base/index.ts'
import { deliveryRescuer, receiverCleaner } from '../callbacks/index.ts'
import type { OpenLedger } from '../database/index.ts'
import { jobRescuer, RecordCleaner, type RecordCleanerSignal } from '../jobs/index.ts'
import { BlobCleaner, type BlobStore, UploadCleaner } from '../objects/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Stops } from './stops.ts'

/** A job that was running at this many unclean ends of the server fails. */
export const MAX_UNCLEAN_ENDS = 10
/** How often a server looks whether a sibling has died. */
const RESCUE_EVERY_MS = 1_000
const DAY_MS = 86_400_000

export interface UpkeepDeps {
  readonly ledger: OpenLedger
  readonly blobs: BlobStore
  /** Blobs that have no name yet and will get one. */
  isInHand(id: BlobId): boolean
}

/** Whoever clears away what is over and looks after what the dead have left; none of them is started yet. */
export function openUpkeep(
  settings: Settings,
  { ledger, blobs, isInHand }: UpkeepDeps,
  log: Log,
  stops: Stops,
): { readonly agents: readonly Agent[]; readonly blobCleaner: BlobCleaner } {
  const { stores } = ledger
  const blobCleaner = new BlobCleaner({
    blobs,
    objects: stores.objects,
    isInHand,
    graceMs: settings.blobGraceMs,
    everyMs: settings.blobCleanEveryMs,
    clock: systemClock,
    log,
  })
  const recordCleaner = new RecordCleaner({
    store: stores.retention,
    keepJobsMs: settings.keepJobsDays * DAY_MS,
    maxEndedJobs: settings.maxEndedJobs,
    keepBodiesMs: settings.keepBodiesDays * DAY_MS,
    everyMs: 600_000,
    batchSize: 100,
    pauseMs: 25,
    clock: ledger.clock,
    log,
    signals: new Signals<RecordCleanerSignal>(),
  })
  const uploadCleaner = new UploadCleaner({
    uploads: stores.uploads,
    keepMs: settings.keepUploadsDays * DAY_MS,
    everyMs: 600_000,
    clock: ledger.clock,
    log,
  })
  const forgetful = receiverCleaner({
    store: stores.receivers,
    keepMs: settings.keepJobsDays * DAY_MS,
    everyMs: 600_000,
    clock: ledger.clock,
    log,
  })
  const rescuers = ledger.hasSiblings
    ? [
        jobRescuer({ store: stores.jobs, maxUncleanEnds: MAX_UNCLEAN_ENDS, everyMs: RESCUE_EVERY_MS, log }),
        deliveryRescuer({ store: stores.deliveries, everyMs: RESCUE_EVERY_MS, log }),
      ]
    : []
  const agents = [uploadCleaner, blobCleaner, recordCleaner, forgetful, ...rescuers]
  for (const agent of agents) stops.add(() => agent.stop())
  return { agents, blobCleaner }
}
