import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openSqliteInProcess } from '../database/sqlite/open-in-process.ts'
import { EventFeed } from './event-feed.ts'
import type { EventQuery } from './event-store.ts'

const query: EventQuery = { after: null, limit: 10, bucket: null, names: [], subject: null }
const never = new AbortController().signal

/** A feed over a ledger of its own, and what tells when the ledger has been asked. */
async function feedWith({ maxWaiting = 200 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-feed-'))
  const ledger = await openSqliteInProcess({ file: join(folder, 'ledger.db') })
  onTestFinished(async () => {
    await ledger.close()
    await rm(folder, { recursive: true, force: true })
  })
  let asked = 0
  const waiting = new Set<() => void>()
  const news = new Set<() => void>()
  const feed = new EventFeed({
    store: {
      newestPlace: () => ledger.stores.events.newestPlace(),
      eventsAfter: async (what) => {
        const page = await ledger.stores.events.eventsAfter(what)
        asked += 1
        for (const look of waiting) look()
        return page
      },
    },
    onNews: (listener) => {
      news.add(listener)
      return () => news.delete(listener)
    },
    maxWaiting,
  })
  return {
    feed,
    listeners: news,
    ring: () => {
      for (const tell of [...news]) tell()
    },
    write: (subject: string) =>
      ledger.exec(`insert into events (id, name, subject, bucket, created_at)
        values ('evt_${subject}', 'TaskFinish', '${subject}', 'b', 1)`),
    /** Resolves when the ledger has been asked so often in all. */
    whenAsked: (times: number) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (asked < times) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

test('a wait ends with the first event, and asks again when what came is not for it', async () => {
  const { feed, ring, write, whenAsked, listeners } = await feedWith()
  const page = feed.read({ ...query, subject: 'mine' }, 600_000, never)
  await whenAsked(1)
  write('other')
  ring()
  await whenAsked(2)
  write('mine')
  ring()
  expect((await page).events.map(({ subject }) => subject)).toEqual(['mine'])
  expect(listeners.size).toBe(0)
})

test('a wait without an event ends in its time', async () => {
  const { feed, listeners } = await feedWith()
  expect(await feed.read(query, 20, never)).toMatchObject({ events: [], hasMore: false })
  expect(listeners.size).toBe(0)
})

test('a wait ends when whoever waits goes away, and when the server stops; nobody waits afterwards', async () => {
  const { feed, whenAsked } = await feedWith()
  const gone = new AbortController()
  const [one, other] = [feed.read(query, 600_000, gone.signal), feed.read(query, 600_000, never)]
  await whenAsked(2)
  gone.abort()
  expect(await one).toMatchObject({ events: [] })
  feed.stop()
  expect(await other).toMatchObject({ events: [] })
  expect(await feed.read(query, 600_000, never)).toMatchObject({ events: [] })
})

test('no more wait than may, and those that do not wait are not counted', async () => {
  const { feed, whenAsked } = await feedWith({ maxWaiting: 1 })
  const first = feed.read(query, 600_000, never)
  await whenAsked(1)
  await expect(feed.read(query, 1_000, never)).rejects.toMatchObject({ code: 'SlowDown' })
  expect(await feed.read(query, 0, never)).toMatchObject({ events: [] })
  feed.stop()
  await first
  expect(await feed.read(query, 1_000, never)).toMatchObject({ events: [] })
})
