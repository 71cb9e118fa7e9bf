export { openSqliteInProcess } from './open-in-process.ts'
export { serveSqliteReads } from './reads-thread.ts'
export { serveSqliteLedger } from './thread.ts'
