import { serveSqliteReads } from '../database/sqlite/index.ts'
import { blobsAtHand } from '../objects/filesystem/index.ts'

// The program of the thread that only asks.
serveSqliteReads(blobsAtHand)
