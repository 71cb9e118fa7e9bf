import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findPostgres, type PostgresServer, startPostgres } from './server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The socket that starts the PostgreSQL of this run and tells where it is. `null`: there is none. */
    postgresDoor: string | null
  }
}

let server: Promise<PostgresServer> | null = null

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
  const path = join(tmpdir(), `pixmill-pg-door-${process.pid}-${Math.random().toString(36).slice(2)}`)
  const door = createServer((socket) => {
    socket.on('error', () => undefined)
    if (given !== undefined) return void socket.end(given)
    server ??= startPostgres()
    server.then(
      ({ url }) => socket.end(url('postgres')),
      (error: unknown) => socket.end(`failed: ${error instanceof Error ? error.message : String(error)}`),
    )
  })
  await new Promise<void>((resolve, reject) => {
    door.once('error', reject)
    door.listen(path, resolve)
  })
  project.provide('postgresDoor', path)
  return async () => {
    await new Promise((resolve) => door.close(resolve))
    await rm(path, { force: true })
    const started = await server?.catch(() => null)
    server = null
    await started?.stop()
  }
}
