export { type FilesystemBlobStoreOptions, openFilesystemBlobStore } from './blob-store.ts'
export { type BlobsAtHand, blobsAtHand } from './blobs-at-hand.ts'
export { type RestoredBlobs, restoreBlobs } from './restore-blobs.ts'
