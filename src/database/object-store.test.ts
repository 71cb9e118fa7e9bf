import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { type FreshDatabase, freshDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { keepsTheObjectStoreContract } from '../objects/object-store.contract.ts'
import { keepsTheUploadStoreContract } from '../objects/upload-store.contract.ts'
import { openPostgresInProcess, type PostgresInProcess } from './postgres/open-in-process.ts'
import { openSqliteInProcess } from './sqlite/index.ts'

async function openOnSqlite() {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-ledger-'))
  let now = Date.UTC(2026, 0, 1)
  const ledger = await openSqliteInProcess({ file: join(folder, 'pixmill.db'), now: () => now })
  onTestFinished(async () => {
    await ledger.close()
    await rm(folder, { recursive: true, force: true })
  })
  const setNow = (ms: number) => {
    now = ms
  }
  return { objects: ledger.stores.objects, uploads: ledger.stores.uploads, exec: ledger.exec, setNow }
}

let database: FreshDatabase | undefined
let onPostgres: PostgresInProcess | undefined
let postgresNow = 0

afterAll(async () => {
  await onPostgres?.close()
  await database?.drop()
})

/** One database for all tests, emptied for each: a property opens hundreds of stores. */
async function openOnPostgres() {
  database ??= await freshDatabase()
  postgresNow = Date.UTC(2026, 0, 1)
  onPostgres ??= await openPostgresInProcess({ url: database.url, now: () => postgresNow })
  await onPostgres.exec('truncate buckets cascade')
  const setNow = (ms: number) => {
    postgresNow = ms
  }
  return { objects: onPostgres.stores.objects, uploads: onPostgres.stores.uploads, setNow }
}

describe('objects in SQLite', () => {
  keepsTheObjectStoreContract(openOnSqlite)
  keepsTheUploadStoreContract(openOnSqlite)
})

describe.skipIf(!hasPostgres)('objects in PostgreSQL', () => {
  keepsTheObjectStoreContract(openOnPostgres)
  keepsTheUploadStoreContract(openOnPostgres)
})

test('a group of a hundred thousand keys costs no more than a group of one', async () => {
  const { objects, exec } = await openOnSqlite()
  await objects.createBucket({ name: 'demo-1', region: 'ap-test' })
  exec(`
    with recursive n(i) as (select 0 union all select i + 1 from n where i < 99999)
    insert into objects (bucket, key, blob_id, size, etag, crc64, content_type, headers_json, version, request_id,
      event_name, origin, last_modified)
    select 'demo-1', 'big/' || printf('%06d', i), 'b', 1, 'e', '0', 't', '{}', 'v', 'r', 'e', 'client', 0 from n
    union all select 'demo-1', 'z', 'b', 1, 'e', '0', 't', '{}', 'v', 'r', 'e', 'client', 0
  `)
  const list = () => objects.listObjects({ bucket: 'demo-1', prefix: '', delimiter: '/', marker: '', maxKeys: 1000 })
  await list()
  const timeOf = async (work: () => Promise<void>) => {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  const reading = await timeOf(async () => {
    let marker: string | null = ''
    while (marker !== null) {
      const page = await objects.listObjects({ bucket: 'demo-1', prefix: 'big/', delimiter: '', marker, maxKeys: 1000 })
      marker = page.nextMarker
    }
  })
  const listing = await timeOf(async () => {
    for (let n = 0; n < 50; n++) {
      const page = await list()
      expect(page.commonPrefixes).toEqual(['big/'])
      expect(page.objects.map(({ key }) => key)).toEqual(['z'])
    }
  })
  // Fifty lists that read the group would take longer than reading it once.
  expect(listing).toBeLessThan(reading)
})
