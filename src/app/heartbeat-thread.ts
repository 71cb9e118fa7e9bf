import { servePostgresHeartbeat } from '../database/postgres/index.ts'

// The program of the thread that says "this server lives" while the others are busy with pictures.
await servePostgresHeartbeat()
