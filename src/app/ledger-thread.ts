import { serveSqliteLedger } from '../database/sqlite/index.ts'
import { blobsAtHand } from '../objects/filesystem/index.ts'
import { type FollowOptions, whatFollowsWith } from './what-follows.ts'

// The program of the thread that owns the ledger: a composition root of its own, since a function cannot be sent there.
await serveSqliteLedger((options) => whatFollowsWith(options as FollowOptions), blobsAtHand)
