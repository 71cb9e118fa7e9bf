export { type BucketAcl, bucketAcls, isPublic, type ObjectAcl, objectAcls } from './acl.ts'
export { BlobCleaner, type BlobCleanerOptions } from './blob-cleaner.ts'
export type { BlobStore, ByteRange, KeptBlob, TakePiece, WriteBlobOptions } from './blob-store.ts'
export type { NamedPart } from './chosen-parts.ts'
export { contentTypeOfKey, UNKNOWN_CONTENT_TYPE } from './content-type-of-key.ts'
export { type CorsRule, corsRuleFor } from './cors-rule.ts'
export { createBucket } from './create-bucket.ts'
export { namesEtag } from './etag-list.ts'
export { afterPrefix, compareKeys, groupOf } from './key-order.ts'
export { checkKey, isBucketName, MAX_KEY_BYTES } from './key-rules.ts'
export { MAX_PARTS, Multipart, type MultipartPorts } from './multipart.ts'
export type { Bucket, NewObject, ObjectOrigin, StoredObject } from './object.ts'
export type { ObjectCopy, ObjectPage, ObjectQuery, ObjectStore, ObjectToRead } from './object-store.ts'
export { MAX_UPLOAD_BYTES, publishUpload, type Upload, type UploadPorts } from './publish-upload.ts'
export type { Style, StyleStore } from './style-store.ts'
export { UploadCleaner, type UploadCleanerOptions } from './upload-cleaner.ts'
export type {
  CompletedUpload,
  MultipartUpload,
  NewPart,
  NewUpload,
  StoredPart,
  UploadPage,
  UploadPlace,
  UploadQuery,
  UploadStore,
} from './upload-store.ts'
export { checkWriteConditions, isConditional, type WriteConditions } from './write-conditions.ts'
