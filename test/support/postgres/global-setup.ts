import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { makeDatabaseWithTables, removeDatabaseWithTables } from './database-with-tables.ts'
import { findPostgres, type PostgresServer, startPostgres } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The socket that starts the PostgreSQL of this run and tells where it is. `null`: there is none. */
    postgresDoor: string | null
    /** The name of the database there that has the tables of the ledger and no rows. */
    postgresTables: string
  }
}

let server: Promise<PostgresServer> | null = null
/** The address of its database `postgres`, when there is one to copy. */
let ready: Promise<string> | null = null

/**
 * One PostgreSQL for a whole run of the tests, started by the first test that asks for it and stopped at the end. Test
 * files are processes of their own, so they ask by a socket; the answer is the address of the database `postgres`.
 *
 * With `PIXMILL_TEST_DATABASE_URL` they use that server instead, whose user must be allowed to make databases.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.PIXMILL_TEST_DATABASE_URL
  const found = findPostgres()
  if (given === undefined && 'missing' in found) {
    process.stderr.write(`The tests on PostgreSQL are skipped: ${found.missing}.\n`)
    project.provide('postgresDoor', null)
    return async () => undefined
  }
  const run = `${process.pid}_${Math.random().toString(36).slice(2)}`
  const path = join(tmpdir(), `pixmill-pg-door-${run}`)
  const tables = `tables_${run}`
  const door = createServer((socket) => {
    socket.on('error', () => undefined)
    if (given === undefined) server ??= startPostgres()
    ready ??= (async () => {
      const url = given ?? (await server!).url('postgres')
      await makeDatabaseWithTables(url, tables)
      return url
    })()
    ready.then(
      (url) => socket.end(url),
      (error: unknown) => socket.end(`failed: ${error instanceof Error ? error.message : String(error)}`),
    )
  })
  await new Promise<void>((resolve, reject) => {
    door.once('error', reject)
    door.listen(path, resolve)
  })
  project.provide('postgresDoor', path)
  project.provide('postgresTables', tables)
  return async () => {
    await new Promise((resolve) => door.close(resolve))
    await rm(path, { force: true })
    await ready?.then((url) => removeDatabaseWithTables(url, tables)).catch(() => undefined)
    const started = await server?.catch(() => null)
    server = null
    ready = null
    await started?.stop()
  }
}
