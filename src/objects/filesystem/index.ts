export { type FilesystemBlobStoreOptions, openFilesystemBlobStore } from './blob-store.ts'
export { type RestoredBlobs, restoreBlobs } from './restore-blobs.ts'
