import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freshDatabase, hasPostgres } from '../../../test/support/postgres/fresh-database.ts'
import { openPostgresInProcess } from '../postgres/open-in-process.ts'
import { openSqlite } from '../sqlite/connection.ts'
import { openSqliteInProcess } from '../sqlite/open-in-process.ts'
import { migrations } from './index.ts'

/** A job that waits, one that has ended, and what was told of it, as programs wrote them that knew no workflows. */
const rowsOfSchema3 = `
  insert into buckets (name, region, created_at) values ('album-1250000000', 'ap-test', 1);
  insert into queues (id, bucket, name, state, notify_json, max_size, max_concurrent, created_at, updated_at)
    values ('p1', 'album-1250000000', 'q', 'Active', '{"state":"Off","events":[],"resultFormat":null,"url":null}', 9, 9, 1, 1);
  insert into jobs (id, bucket, region, queue_id, state, code, message, level, created_at, ended_at, not_before,
    input_object, output_bucket, output_region, output_object, is_pic_info, process_rule, inline_json)
    values ('c1', 'album-1250000000', 'ap-test', 'p1', 'Submitted', 'Success', '', 1, 1, null, 1, 'in.png',
        'album-1250000000', 'ap-test', 'out.png', 0, 'imageMogr2/strip', null),
      ('c2', 'album-1250000000', 'ap-test', 'p1', 'Failed', 'InternalError', 'gone', 0, 1, 2, 1, 'in.png',
        'album-1250000000', 'ap-test', 'out.png', 0, 'imageMogr2/strip', null);
  insert into events (id, name, subject, bucket, created_at) values ('evt_1', 'TaskFinish', 'c2', 'album-1250000000', 2);
  insert into deliveries (id, event_id, event_name, subject, url, origin, content_type, body, state, created_at, due_at)
    values ('dlv_1', 'evt_1', 'TaskFinish', 'c2', 'http://r.test/', 'http://r.test', 'application/xml', '<a/>',
      'Waiting', 2, 2);
`
const upTo3 = migrations.filter(({ number }) => number <= 3)

test('a SQLite ledger from before workflows is brought up to date, with what is in it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-migrations-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'ledger.db')
  const before = openSqlite(file)
  for (const { sqlite } of upTo3) before.exec(sqlite)
  before.exec(rowsOfSchema3.replace("'<a/>'", "cast('<a/>' as blob)"))
  before.exec('pragma user_version = 3')
  before.close()
  const ledger = await openSqliteInProcess({ file })
  onTestFinished(() => ledger.close())
  expect(await ledger.stores.jobs.claimJobs(9)).toMatchObject([{ id: 'c1', origin: null }])
  expect(await ledger.stores.deliveries.deliveriesOf('c2')).toMatchObject([{ id: 'dlv_1', state: 'Waiting' }])
})

test.skipIf(!hasPostgres)('and so is one in PostgreSQL', async () => {
  const database = await freshDatabase({ bare: true })
  onTestFinished(() => database.drop())
  for (const { postgres } of upTo3) await database.query(postgres)
  await database.query('create table migrations (number integer primary key, name text not null)')
  await database.query("insert into migrations values (1, ''), (2, ''), (3, '')")
  await database.query(rowsOfSchema3)
  const ledger = await openPostgresInProcess({ url: database.url })
  onTestFinished(() => ledger.close())
  expect(await ledger.stores.jobs.claimJobs(9)).toMatchObject([{ id: 'c1', origin: null }])
  expect(await ledger.stores.deliveries.deliveriesOf('c2')).toMatchObject([{ id: 'dlv_1', state: 'Waiting' }])
})
