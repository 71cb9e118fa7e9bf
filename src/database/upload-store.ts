import type { Selectable } from 'kysely'
import { type BlobId, Failure, newId, type UploadId } from '../base/index.ts'
import type {
  CompletedUpload,
  MultipartUpload,
  ObjectAcl,
  StoredPart,
  UploadPlace,
  UploadStore,
} from '../objects/index.ts'
import type { Ledger } from './ledger.ts'
import { listUploads } from './queries/list-uploads.ts'
import { publishUpload } from './queries/publish-upload.ts'
import type { Tables } from './tables.ts'
import type { WhatFollows } from './what-follows.ts'

export function sqlUploadStore(ledger: Ledger, whatFollows: WhatFollows): UploadStore {
  const { db, now, concurrent } = ledger

  const at = ({ bucket, key, uploadId }: UploadPlace) =>
    db.selectFrom('uploads').selectAll().where('id', '=', uploadId).where('bucket', '=', bucket).where('key', '=', key)

  /** An open upload, which nobody else changes until the end of this transaction. */
  const lockOpen = async (place: UploadPlace) => {
    const row = await at(place)
      .where('completed_at', 'is', null)
      .$if(concurrent, (uploads) => uploads.forUpdate())
      .executeTakeFirst()
    if (row === undefined) throw uploadNotFound()
    return row
  }

  /** Takes the parts of uploads away. Gives their blobs. */
  const releaseParts = async (uploadIds: readonly string[]): Promise<BlobId[]> => {
    const parts = await db.deleteFrom('parts').where('upload_id', 'in', uploadIds).returning('blob_id').execute()
    return parts.map((part) => part.blob_id as BlobId)
  }

  return {
    async startUpload({ bucket, key, contentType, headers, acl }) {
      const owner = await db.selectFrom('buckets').select('name').where('name', '=', bucket).executeTakeFirst()
      if (owner === undefined) throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
      const startedAt = now()
      const row = {
        id: newId.upload(startedAt),
        bucket,
        key,
        content_type: contentType,
        headers_json: JSON.stringify(headers),
        acl,
        started_at: startedAt,
        touched_at: startedAt,
        completed_at: null,
        completed_json: null,
      }
      await db.insertInto('uploads').values(row).execute()
      return uploadFromRow(row)
    },

    async findUpload(place) {
      const row = await at(place).executeTakeFirst()
      return row === undefined ? null : uploadFromRow(row)
    },

    async keepPart(place, part) {
      await lockOpen(place)
      const touchedAt = now()
      await db.updateTable('uploads').set({ touched_at: touchedAt }).where('id', '=', place.uploadId).execute()
      const before = await db
        .selectFrom('parts')
        .select('blob_id')
        .where('upload_id', '=', place.uploadId)
        .where('number', '=', part.number)
        .executeTakeFirst()
      const facts = {
        blob_id: part.blobId,
        size: part.size,
        md5: part.md5,
        crc64: part.crc64,
        last_modified: touchedAt,
      }
      await db
        .insertInto('parts')
        .values({ upload_id: place.uploadId, number: part.number, ...facts })
        .onConflict((conflict) => conflict.columns(['upload_id', 'number']).doUpdateSet(facts))
        .execute()
      return { replaced: (before?.blob_id ?? null) as BlobId | null, lastModified: touchedAt }
    },

    async listParts(place, after, limit) {
      const open = await at(place).where('completed_at', 'is', null).executeTakeFirst()
      if (open === undefined) throw uploadNotFound()
      const rows = await db
        .selectFrom('parts')
        .selectAll()
        .where('upload_id', '=', place.uploadId)
        .where('number', '>', after)
        .orderBy('number')
        .limit(limit)
        .execute()
      return rows.map(partFromRow)
    },

    async listUploads(query) {
      const { rows, commonPrefixes, cutAfter } = await listUploads(db, query)
      return { uploads: rows.map(uploadFromRow), commonPrefixes, next: nextOf(cutAfter) }
    },

    async completeUpload(place, parts, object, conditions) {
      await lockOpen(place)
      const kept = await db
        .selectFrom('parts')
        .select(['number', 'blob_id'])
        .where('upload_id', '=', place.uploadId)
        .execute()
      const blobOf = new Map(kept.map((part) => [part.number, part.blob_id]))
      for (const { number, blobId } of parts) {
        if (blobOf.get(number) !== blobId) {
          throw new Failure('PartInvalid', `Part ${number} was uploaded anew while the upload was completed.`)
        }
      }
      const stored = await publishUpload(ledger, whatFollows, object, conditions)
      const released = await releaseParts([place.uploadId])
      const completed: CompletedUpload = { etag: stored.etag, crc64: stored.crc64 }
      await db
        .updateTable('uploads')
        .set({ completed_at: now(), completed_json: JSON.stringify(completed) })
        .where('id', '=', place.uploadId)
        .execute()
      return { object: stored, released: released.filter((id) => id !== stored.blobId) }
    },

    async abortUpload(place) {
      await lockOpen(place)
      const released = await releaseParts([place.uploadId])
      await db.deleteFrom('uploads').where('id', '=', place.uploadId).execute()
      return released
    },

    async removeUploads({ touched, completed }, limit) {
      const over = db
        .selectFrom('uploads')
        .select('id')
        .where('completed_at', 'is not', null)
        .where('completed_at', '<', completed)
        .orderBy('completed_at')
        .limit(limit)
      const left = db
        .selectFrom('uploads')
        .select('id')
        .where('completed_at', 'is', null)
        .where('touched_at', '<', touched)
        .orderBy('touched_at')
        .limit(limit)
      const found = [
        ...(await over.$if(concurrent, (uploads) => uploads.forUpdate().skipLocked()).execute()),
        ...(await left.$if(concurrent, (uploads) => uploads.forUpdate().skipLocked()).execute()),
      ].slice(0, limit)
      const ids = found.map(({ id }) => id)
      if (ids.length > 0) {
        await releaseParts(ids)
        await db.deleteFrom('uploads').where('id', 'in', ids).execute()
      }
      return ids.length
    },
  }
}

function uploadNotFound(): Failure {
  return new Failure('UploadNotFound', 'The specified multipart upload does not exist.')
}

function nextOf(cutAfter: Selectable<Tables['uploads']> | string | null) {
  if (cutAfter === null) return null
  return typeof cutAfter === 'string' ? { key: cutAfter, uploadId: '' } : { key: cutAfter.key, uploadId: cutAfter.id }
}

function uploadFromRow(row: Selectable<Tables['uploads']>): MultipartUpload {
  return {
    id: row.id as UploadId,
    bucket: row.bucket,
    key: row.key,
    contentType: row.content_type,
    headers: JSON.parse(row.headers_json) as Record<string, string>,
    acl: row.acl as ObjectAcl,
    startedAt: row.started_at,
    completed: row.completed_json === null ? null : (JSON.parse(row.completed_json) as CompletedUpload),
  }
}

function partFromRow(row: Selectable<Tables['parts']>): StoredPart {
  return {
    number: row.number,
    blobId: row.blob_id as BlobId,
    size: row.size,
    md5: row.md5,
    crc64: row.crc64,
    lastModified: row.last_modified,
  }
}
