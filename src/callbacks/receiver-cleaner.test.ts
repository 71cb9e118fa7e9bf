import { expect, onTestFinished, test } from 'vitest'
import { openSqliteWithEvents } from '../../test/support/sqlite-with-events.ts'
import { silentLog } from '../base/index.ts'
import { receiverCleaner } from './receiver-cleaner.ts'
import { receiverOf } from './receiver-of.ts'

const DAY = 24 * 3_600_000

test('a round forgets receivers of long ago, and releases what a server left held that died while it switched one on', async () => {
  let now = Date.UTC(2026, 2, 2)
  const { stores, connection, add, close } = await openSqliteWithEvents(() => now)
  onTestFinished(close)
  const called = (url: string) =>
    stores.receivers.noteReceivers([
      {
        ...receiverOf(url),
        attemptAt: now,
        successAt: now,
        failures: 0,
        failingSince: null,
        error: null,
        restsUntil: null,
        restsBecause: null,
      },
    ])
  // More than one transaction takes.
  for (let n = 0; n < 450; n += 1) await called(`http://old.example/${n}`)
  now += 40 * DAY
  const url = 'http://new.example/hook'
  await called(url)
  const deliveries = [{ url, contentType: 'application/json', body: Buffer.from('{}') }] as const
  await add({ name: 'TaskFinish', subject: 'c1', bucket: 'b', deliveries }, now)
  connection.exec(`update deliveries set state = 'Held', due_at = null`)

  let ended = (): void => undefined
  const round = new Promise<void>((resolve) => {
    ended = resolve
  })
  const cleaner = receiverCleaner({
    store: {
      releaseStranded: (limit) => stores.receivers.releaseStranded(limit),
      forgetReceivers: async (before, limit) => {
        const forgotten = await stores.receivers.forgetReceivers(before, limit)
        if (forgotten < limit) ended()
        return forgotten
      },
    },
    keepMs: 30 * DAY,
    everyMs: 600_000,
    clock: { now: () => now },
    log: silentLog,
  })
  onTestFinished(() => cleaner.stop())
  await cleaner.start()
  await round
  const { items } = await stores.receivers.listReceivers({ which: 'all', prefix: null, after: null, limit: 10 })
  expect(items.map(({ address }) => address)).toEqual([url])
  expect(await stores.deliveries.deliveriesOf('c1')).toMatchObject([{ state: 'Waiting', dueAt: now }])
})
