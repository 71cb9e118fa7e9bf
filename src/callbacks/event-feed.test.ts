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
async function feedWith({ maxWaiting = 200, gapMs = 1 } = {}) {
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
    gapMs,
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
    timesAsked: () => asked,
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

test('whoever waits for something else than what comes does not look for each of it, and is answered at once in the end', async () => {
  const { feed, ring, write, whenAsked, timesAsked, listeners } = await feedWith({ gapMs: 600_000 })
  const gone = new AbortController()
  const [one, other] = [gone.signal, never].map((signal) => feed.read({ ...query, subject: 'mine' }, 1_200_000, signal))
  await whenAsked(2)
  write('first')
  ring()
  await whenAsked(4)
  for (let n = 0; n < 20; n += 1) {
    write(`next ${n}`)
    ring()
    await new Promise((resolve) => setImmediate(resolve))
  }
  // Another reader is as quick as ever.
  expect((await feed.read(query, 0, never)).events).toHaveLength(10)
  expect(timesAsked()).toBe(5)
  gone.abort()
  expect(await one).toMatchObject({ events: [] })
  feed.stop()
  expect(await other).toMatchObject({ events: [] })
  expect(listeners.size).toBe(0)
})

test('a bell that rings for nothing makes nobody wait', async () => {
  const { feed, ring, write, whenAsked } = await feedWith({ gapMs: 600_000 })
  const page = feed.read(query, 1_200_000, never)
  for (let times = 1; times < 5; times += 1) {
    await whenAsked(times)
    ring()
  }
  await whenAsked(5)
  write('mine')
  ring()
  expect((await page).events.map(({ subject }) => subject)).toEqual(['mine'])
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
