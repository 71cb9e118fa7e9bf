export type { BlobStore, KeptBlob, WriteBlobOptions } from './blob-store.ts'
export { afterPrefix, compareKeys, groupOf } from './key-order.ts'
export type { Bucket, NewObject, ObjectOrigin, StoredObject } from './object.ts'
export type { ObjectPage, ObjectQuery, ObjectStore } from './object-store.ts'
