import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { freshDatabase, hasPostgres } from '../../test/support/postgres/fresh-database.ts'
import { openPostgresInProcess } from './postgres/open-in-process.ts'
import { openSqliteInProcess } from './sqlite/open-in-process.ts'
import type { Stores } from './stores.ts'

const now = 1_000_000
/** Three jobs that wait in two queues, one that runs; deliveries in every state, two of them due. */
const rows = `
  insert into jobs (id, bucket, region, queue_id, state, code, message, level, created_at, not_before, input_object,
    output_bucket, output_region, output_object, is_pic_info, process_rule, lease_token)
  values ('c1', 'b', 'r', 'p1', 'Submitted', '', '', 0, ${now - 5_000}, 0, 'i', 'b', 'r', 'o', 0, 'x', null),
    ('c2', 'b', 'r', 'p1', 'Submitted', '', '', 2, ${now - 9_000}, 0, 'i', 'b', 'r', 'o', 0, 'x', null),
    ('c3', 'b', 'r', 'p2', 'Submitted', '', '', 0, ${now - 1_000}, 0, 'i', 'b', 'r', 'o', 0, 'x', null),
    ('c4', 'b', 'r', 'p3', 'Running', '', '', 0, 1, 0, 'i', 'b', 'r', 'o', 0, 'x', 'lease');
  insert into events (id, name, subject, bucket, created_at) values ('e1', 'TaskFinish', 'c9', 'b', 1);
  insert into deliveries (id, event_id, event_name, subject, url, origin, content_type, body, state, created_at, due_at, lease_token)
  values ('d1', 'e1', 'TaskFinish', 'c9', 'u', 'o', 't', '', 'Waiting', 1, ${now - 2_000}, null),
    ('d2', 'e1', 'TaskFinish', 'c9', 'u', 'o', 't', '', 'Waiting', 1, ${now - 1_000}, null),
    ('d3', 'e1', 'TaskFinish', 'c9', 'u', 'o', 't', '', 'Waiting', 1, ${now + 1_000}, null),
    ('d4', 'e1', 'TaskFinish', 'c9', 'u', 'o', 't', '', 'Sending', 1, null, 'lease'),
    ('d5', 'e1', 'TaskFinish', 'c9', 'u', 'o', 't', '', 'Dead', 1, null, null),
    ('d6', 'e1', 'TaskFinish', 'c9', 'u', 'o', 't', '', 'Delivered', 1, null, null);
`

async function holds(figures: Stores['figures']): Promise<void> {
  const { deliveries, oldestDueAgeMs, queues } = await figures.takeFigures()
  expect(deliveries).toEqual({ Waiting: 3, Sending: 1, Held: 0, Dead: 1 })
  expect(oldestDueAgeMs).toBe(2_000)
  expect(queues.toSorted((one, other) => (one.queueId < other.queueId ? -1 : 1))).toEqual([
    { queueId: 'p1', waiting: 2, running: 0, oldestWaitingAgeMs: 9_000 },
    { queueId: 'p2', waiting: 1, running: 0, oldestWaitingAgeMs: 1_000 },
    { queueId: 'p3', waiting: 0, running: 1, oldestWaitingAgeMs: null },
  ])
}
const nothing = { deliveries: { Waiting: 0, Sending: 0, Held: 0, Dead: 0 }, oldestDueAgeMs: null, queues: [] }

test('the figures of a SQLite ledger', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-figures-'))
  const ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db'), now: () => now })
  onTestFinished(async () => {
    await ledger.close()
    await rm(folder, { recursive: true, force: true })
  })
  expect(await ledger.stores.figures.takeFigures()).toEqual(nothing)
  ledger.exec(rows.replaceAll("'t', ''", "'t', x''"))
  await holds(ledger.stores.figures)
})

test.skipIf(!hasPostgres)('the figures of a ledger in PostgreSQL', async () => {
  const database = await freshDatabase()
  onTestFinished(() => database.drop())
  const ledger = await openPostgresInProcess({ url: database.url, now: () => now })
  onTestFinished(() => ledger.close())
  expect(await ledger.stores.figures.takeFigures()).toEqual(nothing)
  await ledger.exec(rows)
  await holds(ledger.stores.figures)
})
