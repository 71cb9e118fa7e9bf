import { type Log, Signals } from '../base/index.ts'
import type { Stores } from '../database/index.ts'
import type { BlobStore } from '../objects/index.ts'
import type { Settings } from '../settings/index.ts'
import { BatchExpander, type BatchExpanderSignal, type BucketOfHost, openInput } from '../workflows/index.ts'
import type { DiskRoom } from './disk-room.ts'

export interface BatchWorkDeps {
  readonly stores: Pick<Stores, 'objects' | 'batches'>
  readonly blobs: Pick<BlobStore, 'read'>
  readonly bucketOfHost: BucketOfHost
  readonly room: Pick<DiskRoom, 'isLeft'>
  readonly settings: Pick<Settings, 'batchMaxWaiting' | 'retryWaitsMs'>
  readonly log: Log
}

/** The agent that makes batches of this server into jobs. */
export function batchWork({ stores, blobs, bucketOfHost, room, settings, log }: BatchWorkDeps): BatchExpander {
  const ports = { objects: stores.objects, batches: stores.batches, blobs, bucketOfHost }
  return new BatchExpander({
    store: stores.batches,
    openReader: (batch) => openInput(ports, batch),
    isHeldBack: () => !room.isLeft,
    maxWaiting: settings.batchMaxWaiting,
    stepSize: 25,
    pauseMs: 10,
    lookEveryMs: 250,
    pollMs: 5_000,
    retryWaitsMs: settings.retryWaitsMs,
    log,
    signals: new Signals<BatchExpanderSignal>(),
  })
}
