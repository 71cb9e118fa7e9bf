import type { NewEvent } from '../callbacks/index.ts'
import type { Job } from '../jobs/index.ts'
import type { NotifyConfig } from '../wire/index.ts'

/**
 * What follows from an ended job: the event that tells of it and where that goes, or `null` when there is nothing to
 * tell. Called inside the transaction that ends the job, with the queue's setting as it is at that moment; pure, since
 * a transaction may be run again.
 */
export type WhatFollows = (ended: Job, notify: NotifyConfig) => NewEvent | null
