// npm run bench:callbacks [-- --count 5000 --runs 3 --idle 200 --each 20 --backlog 0]
//
// Callbacks on SQLite: the house's courier, sink and ledger, with the receiver in a process of its own on loopback.
//
// 1. Delivered and recorded per second, with all events waiting at the start, beside a bare undici loop that POSTs as many
//    bytes to the same receiver with as many in flight, in the same run (--count, --runs).
// 2. From the end of a job to its callback received, one after the other on an idle ledger (--idle).
// 3. A hundred receivers, ten of which hang: how long the callbacks of the other ninety take, beside the same without the
//    ten (--each: callbacks for each receiver).
// 4. A long line to one receiver: memory, and whether it goes in the order in which it is due (--backlog, for instance
//    100000; 0 leaves it out).
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pool } from 'undici'
import { median, option, percentile, rounded } from './support/figures.mjs'
import { bucket, dist, inParallel, region } from './support/server.mjs'
import { startReceiver } from './support/start-receiver.mjs'

const count = option('count', 5_000)
const runs = option('runs', 3)
const idle = option('idle', 200)
const each = option('each', 20)
const backlog = option('backlog', 0)
/** As many as a courier has in flight to one origin. */
const IN_FLIGHT = 8
const RECEIVERS = 100
const HANGING = 10

const { Signals, silentLog } = await import(join(dist, 'base/index.js'))
const { Courier, newWebhookSecret } = await import(join(dist, 'callbacks/index.js'))
const { httpSink } = await import(join(dist, 'callbacks/sinks/http.js'))
const { openSqliteLedger } = await import(join(dist, 'database/index.js'))
const { addressGuard } = await import(join(dist, 'network/index.js'))

if (count > 0) await throughput()
if (idle > 0) await latency()
if (each > 0) await isolation()
if (backlog > 0) await longLine()

async function throughput() {
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
}

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
  const house = await open()
  await endJobs(house, Array(count).fill(receiver.url))
  const allRecorded = house.recorded(count)
  const complete = receiver.all(count)
  const begun = performance.now()
  await house.courier.start()
  await Promise.all([complete, allRecorded])
  const seconds = (performance.now() - begun) / 1000
  await house.close()
  return count / seconds
}

async function latency() {
  const receiver = await startReceiver()
  const house = await open()
  await house.courier.start()
  const took = []
  const warm = Math.min(idle, 100)
  for (let index = 0; index < warm + idle; index += 1) {
    const [job] = await claimed(house, [receiver.url])
    const told = receiver.all(1)
    const recorded = house.recorded(1)
    const begun = performance.timeOrigin + performance.now()
    await house.end(job)
    const [[, at]] = (await told).at
    // Before the next one nothing of this one is left to be done.
    await recorded
    if (index >= warm) took.push(at - begun)
  }
  await house.close()
  receiver.stop()
  console.log(
    `job ended → callback received, idle: p50 ${rounded(median(took))} ms, p99 ${rounded(percentile(took, 99))} ms (the commit included; ${idle} one after another)`,
  )
}

async function isolation() {
  // Not counted: the first run pays for everything that is done the first time.
  await spread(0)
  const undisturbed = await spread(0)
  const disturbed = await spread(HANGING)
  const [before, after] = [undisturbed, disturbed].map((times) => percentile(times, 99))
  console.log(
    `${RECEIVERS} receivers, ${HANGING} of which hang: p99 of the others ${rounded(after)} ms, ${rounded(after / before, 2)} of the p99 with those left out (${rounded(before)} ms); p50 ${rounded(median(disturbed))} against ${rounded(median(undisturbed))} ms; ${each} callbacks for each, all waiting at the start`,
  )
}

/** How long each callback of the receivers that answer took, from the start of the courier. */
async function spread(hanging) {
  const receiver = await startReceiver({ host: '0.0.0.0' })
  const { port } = new URL(receiver.url)
  const house = await open()
  const urls = []
  for (let n = 0; n < each; n += 1) {
    // Each address of loopback is an origin of its own.
    for (let host = 1; host <= RECEIVERS; host += 1) {
      const hangs = host <= HANGING
      if (!hangs || hanging > 0) urls.push(`http://127.0.1.${host}:${port}/${hangs ? 'hangs' : ''}`)
    }
  }
  await endJobs(house, urls)
  const complete = receiver.all(each * (RECEIVERS - HANGING))
  const begun = performance.timeOrigin + performance.now()
  await house.courier.start()
  const times = [...(await complete).at.values()].map((at) => at - begun)
  receiver.stop()
  await house.close()
  return times
}

async function longLine() {
  const receiver = await startReceiver()
  const house = await open()
  await endJobs(house, Array(backlog).fill(receiver.url))
  global.gc?.()
  const before = process.memoryUsage.rss()
  let most = before
  const watching = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, 50)
  const allRecorded = house.recorded(backlog)
  const complete = receiver.all(backlog)
  const begun = performance.now()
  await house.courier.start()
  // In the order in which they came; ids of jobs are in the order in which the jobs ended.
  const arrived = [...(await complete).at.keys()]
  await allRecorded
  clearInterval(watching)
  const seconds = (performance.now() - begun) / 1000
  const due = new Map(house.ended.map((id, place) => [id, place]))
  const away = arrived.map((id, place) => Math.abs(due.get(id) - place))
  await house.close()
  receiver.stop()
  console.log(
    `a line of ${backlog}: ${rounded(backlog / seconds, 0)} per second, ${rounded((most - before) / 1024 / 1024, 0)} MiB more at most (${rounded(most / 1024 / 1024, 0)} MiB resident); none came more than ${away.reduce((a, b) => Math.max(a, b), 0)} places from where it was due`,
  )
}

/** A ledger of its own with a courier that is not started yet. */
async function open() {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-callbacks-'))
  const ledger = await openSqliteLedger({
    file: join(folder, 'ledger.db'),
    lockFile: join(folder, 'lock.db'),
    program: join(dist, 'app/ledger-thread.js'),
    readsProgram: join(dist, 'app/reads-thread.js'),
    followOptions: {
      profile: '2025',
      timeZoneOffsetMinutes: 480,
      objectUrl: 'http://{bucket}.cos.{region}.test',
      submitOptions: { openService: true, queueDefaults: { maxSize: 10_000, maxConcurrent: 1_000 } },
    },
  })
  await ledger.stores.objects.createBucket({ name: bucket, region })
  const signals = new Signals()
  const sink = httpSink({ guard: addressGuard({ allowLoopback: true }) })
  const secret = newWebhookSecret()
  const courier = new Courier({
    store: ledger.stores.deliveries,
    receivers: ledger.stores.receivers,
    sink,
    secrets: () => [secret],
    log: silentLog,
    signals,
    stopGraceMs: 0,
  })
  ledger.wakes.on('deliveries', () => courier.wake())
  const ended = []
  return {
    ledger,
    courier,
    /** Ids of jobs in the order of their ends. */
    ended,
    async end(job) {
      await ledger.stores.jobs.completeJob(job.id, job.leaseToken, {
        state: 'Failed',
        code: 'ResourceNotFound',
        message: 'none',
      })
      ended.push(job.id)
    },
    recorded(number) {
      let seen = 0
      return new Promise((resolve) => {
        const off = signals.on('delivered', () => {
          seen += 1
          if (seen < number) return
          off()
          resolve()
        })
      })
    },
    async close() {
      await courier.stop()
      await sink.close()
      await ledger.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Jobs that run, one for each address. */
async function claimed({ ledger }, urls) {
  const { jobs } = ledger.stores
  await inParallel(urls, 64, (url, index) =>
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
        callback: { url, format: null },
        origin: null,
      },
      { openService: true, queueDefaults: { maxSize: 1_000_000, maxConcurrent: 1_000_000 } },
    ),
  )
  const all = []
  while (all.length < urls.length) all.push(...(await jobs.claimJobs(Math.min(urls.length - all.length, 5_000))))
  return all
}

/** Jobs that have ended, one for each address, with their callbacks waiting. */
async function endJobs(house, urls) {
  await inParallel(await claimed(house, urls), 64, (job) => house.end(job))
}
