export { addBackup } from './backup.ts'
export { addRestore } from './restore.ts'
