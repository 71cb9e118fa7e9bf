export { openSqliteInProcess } from './open-in-process.ts'
export { serveSqliteLedger } from './thread.ts'
