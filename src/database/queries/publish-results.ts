import { compareKeys, type NewObject, type StoredObject } from '../../objects/index.ts'
import type { Ledger } from '../ledger.ts'
import { publishObject, replaceObject } from './publish-object.ts'

/**
 * Names several blobs in one transaction. One that takes the place of the source replaces the version that it was made of,
 * or nothing. In the order of their places, so that two who publish the same ones do not wait for each other.
 */
export async function publishResults(
  ledger: Ledger,
  results: readonly NewObject[],
  source: Pick<StoredObject, 'bucket' | 'key' | 'version'>,
): Promise<void> {
  let { version } = source
  for (const result of [...results].sort(byPlace)) {
    if (result.bucket !== source.bucket || result.key !== source.key) await publishObject(ledger, result)
    else version = (await replaceObject(ledger, result, version))?.version ?? version
  }
}

function byPlace(one: NewObject, other: NewObject): number {
  return compareKeys(one.bucket, other.bucket) || compareKeys(one.key, other.key)
}
