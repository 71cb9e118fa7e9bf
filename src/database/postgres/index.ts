export { servePostgresHeartbeat } from './heartbeat-thread.ts'
export { openPostgresLedger } from './open-ledger.ts'
