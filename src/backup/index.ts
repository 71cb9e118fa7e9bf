export type { Ending, Manifest, SummedFile } from './archive.ts'
export type { BackupStore } from './backup-store.ts'
export { type BackupTaker, type ReadBackup, readBackup } from './read-backup.ts'
export { type BackupParts, type BlobToKeep, backupBytes, writeBackup } from './write-backup.ts'
