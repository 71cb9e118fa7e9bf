// npm run bench:deliver [-- --count 5000 --runs 3]
//
// Callbacks delivered and recorded per second on SQLite: the house's courier, sink and ledger, with all events waiting
// when it starts, to one receiver in its own process on loopback; beside a bare undici loop that POSTs as many bytes to
// the same receiver with as many in flight, in the same run.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { median, option, rounded } from './support/figures.mjs'
import { bucket, dist, inParallel, region } from './support/server.mjs'
import { startReceiver } from './support/start-receiver.mjs'

const count = option('count', 5_000)
const runs = option('runs', 3)
/** As many as a courier has in flight to one origin. */
const IN_FLIGHT = 8

const { Signals, silentLog } = await import(join(dist, 'base/index.js'))
const { Courier, newWebhookSecret } = await import(join(dist, 'callbacks/index.js'))
const { httpSink } = await import(join(dist, 'callbacks/sinks/http.js'))
const { openSqliteLedger } = await import(join(dist, 'database/index.js'))
const { addressGuard } = await import(join(dist, 'network/index.js'))

const ours = []
const theirs = []
for (let run = 0; run < runs; run += 1) {
  const receiver = await startReceiver()
  theirs.push(await bareLoop(receiver))
  ours.push(await delivered(receiver))
  receiver.stop()
}
console.log(
  `callbacks: ${rounded(median(ours), 0)} delivered and recorded per second, ${rounded(median(ours) / median(theirs), 3)} of a bare undici loop that records nothing (${rounded(median(theirs), 0)}/s); median of ${runs} alternating runs of ${count}, ${IN_FLIGHT} in flight`,
)

async function bareLoop(receiver) {
  const pool = new Pool(new URL(receiver.url).origin, { connections: IN_FLIGHT })
  const complete = receiver.all(count)
  const begun = performance.now()
  await inParallel(Array(count).fill(0), IN_FLIGHT, async (_item, index) => {
    const { body } = await pool.request({
      path: '/',
      method: 'POST',
      headers: { 'content-type': 'application/xml' },
      body: `<Response><EventName>TaskFinish</EventName><JobId>c${index}</JobId>${' '.repeat(700)}</Response>`,
    })
    await body.dump()
  })
  await complete
  await pool.close()
  return count / ((performance.now() - begun) / 1000)
}

async function delivered(receiver) {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-deliver-'))
  const ledger = await openSqliteLedger({
    file: join(folder, 'ledger.db'),
    lockFile: join(folder, 'lock.db'),
    program: join(dist, 'app/ledger-thread.js'),
    followOptions: {
      profile: '2025',
      timeZoneOffsetMinutes: 480,
      objectUrl: 'http://{bucket}.cos.{region}.test',
      submitOptions: { openService: true, queueDefaults: { maxSize: 10_000, maxConcurrent: 1_000 } },
    },
  })
  const { jobs, objects } = ledger.stores
  await objects.createBucket({ name: bucket, region })
  await inParallel(Array(count).fill(0), 64, (_item, index) =>
    jobs.submitJob(
      {
        bucket,
        queueId: null,
        level: 0,
        inputObject: 'missing.jpg',
        output: { bucket, region, object: `${index}.jpg` },
        templateId: null,
        inline: { isPicInfo: false, processRule: 'imageMogr2/strip' },
        userData: null,
        callback: { url: receiver.url, format: null },
        origin: null,
      },
      { openService: true, queueDefaults: { maxSize: 1_000_000, maxConcurrent: 1_000_000 } },
    ),
  )
  const claimed = await jobs.claimJobs(count)
  await inParallel(claimed, 64, (job) =>
    jobs.completeJob(job.id, job.leaseToken, { state: 'Failed', code: 'ResourceNotFound', message: 'none' }),
  )

  const signals = new Signals()
  let recorded = 0
  const allRecorded = new Promise((resolve) => {
    signals.on('delivered', () => {
      recorded += 1
      if (recorded === count) resolve()
    })
  })
  const sink = httpSink({ guard: addressGuard({ allowLoopback: true }) })
  const secret = newWebhookSecret()
  const courier = new Courier({
    store: ledger.stores.deliveries,
    receivers: ledger.stores.receivers,
    sink,
    secrets: () => [secret],
    log: silentLog,
    signals,
  })
  const complete = receiver.all(count)
  const begun = performance.now()
  await courier.start()
  await Promise.all([complete, allRecorded])
  const seconds = (performance.now() - begun) / 1000
  await courier.stop()
  await sink.close()
  await ledger.close()
  await rm(folder, { recursive: true, force: true })
  return count / seconds
}
