import type { NewObject, StoredObject, WriteConditions } from '../../objects/index.ts'
import type { Ledger } from '../ledger.ts'
import type { WhatFollows } from '../what-follows.ts'
import { publishObject } from './publish-object.ts'
import { startRunsOf } from './start-run.ts'

/** Names a blob, and starts the runs that follow: the one way in which anything but a job writes an object. */
export async function publishUpload(
  ledger: Ledger,
  whatFollows: WhatFollows,
  object: NewObject,
  conditions?: WriteConditions,
): Promise<StoredObject> {
  const stored = await publishObject(ledger, object, conditions)
  // What a job of this server wrote starts nothing, or a workflow whose results lie below its prefix would never end.
  if (stored.origin === 'client') await startRunsOf(ledger, whatFollows, stored)
  return stored
}
