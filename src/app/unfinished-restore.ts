import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, hasErrno } from '../base/index.ts'

/** Lies in a data folder from the beginning of a restore until everything is in its place. */
export const UNFINISHED_RESTORE = 'restore.unfinished'

/** A server that started on half a restore would make an empty ledger, and in time remove every blob as unnamed. */
export async function refuseUnfinishedRestore(dataDir: string): Promise<void> {
  try {
    await stat(join(dataDir, UNFINISHED_RESTORE))
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return
    throw error
  }
  throw new Failure(
    'InvalidArgument',
    `${dataDir} holds half of a restore (${UNFINISHED_RESTORE} says so): one is under way, or was broken off. Then empty the folder and run pixmill restore again.`,
  )
}
