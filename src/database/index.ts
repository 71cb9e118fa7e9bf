// What whoever opens a ledger needs, and no more: the query builder and the drivers are loaded where queries run, in the
// ledger's thread or, for PostgreSQL, by `postgres/index.ts`.
export type { FigureStore, Figures } from './figure-store.ts'
export type { WakeChannel } from './ledger.ts'
export type { OpenLedger } from './open-ledger.ts'
export type { SecretStore } from './secret-store.ts'
export { type HeldLock, lockFile } from './sqlite/lock.ts'
export { openSqliteLedger, type SqliteLedgerOptions } from './sqlite/open-ledger.ts'
export type { Stores } from './stores.ts'
export { type Addressees, nothingFollows, type WhatFollows } from './what-follows.ts'
