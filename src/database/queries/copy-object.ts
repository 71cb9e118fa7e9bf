import type { ObjectCopy, StoredObject } from '../../objects/index.ts'
import type { Ledger } from '../ledger.ts'
import { objectFromRow } from '../rows.ts'
import type { WhatFollows } from '../what-follows.ts'
import { publishUpload } from './publish-upload.ts'

/**
 * Names the blob of an object under another key too. While the source is looked at it keeps its name, so no cleaner can
 * find the blob without one in between.
 */
export async function copyObject(
  ledger: Ledger,
  whatFollows: WhatFollows,
  { from, to, conditions }: ObjectCopy,
): Promise<StoredObject | null> {
  const row = await ledger.db
    .selectFrom('objects')
    .selectAll()
    .where('bucket', '=', from.bucket)
    .where('key', '=', from.key)
    .where('version', '=', from.version)
    .$if(ledger.concurrent, (objects) => objects.forUpdate())
    .executeTakeFirst()
  if (row === undefined) return null
  const { blobId, size, etag, crc64 } = objectFromRow(row)
  return publishUpload(ledger, whatFollows, { ...to, blobId, size, etag, crc64 }, conditions)
}
