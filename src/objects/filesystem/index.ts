export { type FilesystemBlobStoreOptions, openFilesystemBlobStore } from './blob-store.ts'
