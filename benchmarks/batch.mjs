// npm run bench:batch [-- --objects 100000 --seconds 20 --part 1]
//
// A batch over many small objects on SQLite, in three parts; without `--part` all of them.
//
// 1. All objects: the queue is paused and all jobs of the batch may wait, so that its list is read to the end as fast as it
//    goes. Told are how fast that is and the memory of the server along the way.
// 2. Reading lists and nothing else: with the queue paused and 500 jobs that may wait, batches are made, read until 500 jobs
//    wait, and cancelled, over and over. Told are the answer times of GET of a small object against the same server idle.
// 3. At work: 500 jobs wait and the engines are busy; then the batch is cancelled. Told are the answer times of GET against
//    those of the idle server and against those while single jobs keep the engines as busy, and how long after it was asked
//    to be cancelled none of its jobs waits any more.
//
// Progress is watched all along and must never go down. The objects are put into the ledger before the server starts: one
// blob that many keys name, as after an import.
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { openSqliteInProcess } from '../dist/database/sqlite/index.js'
import { openFilesystemBlobStore } from '../dist/objects/filesystem/index.js'
import { option, percentile, rounded } from './support/figures.mjs'
import { photographs } from './support/pictures.mjs'
import { residentMiB, slope } from './support/resident.mjs'
import { bucket, jobXml, region, startServer } from './support/server.mjs'

const objects = option('objects', 100_000)
const seconds = option('seconds', 20)
const part = option('part', 0)
const [picture] = await photographs(1, 64, 48)
const rule = 'imageMogr2/thumbnail/32x'

/** A data folder whose bucket has that many objects under `raw/`. */
async function filled() {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-bench-batch-'))
  const data = join(folder, 'data')
  await mkdir(data, { mode: 0o711 })
  const blobs = await openFilesystemBlobStore({ folder: join(data, 'blobs'), clock: { now: Date.now } })
  const { id, size, md5, crc64 } = await blobs.write(Readable.from([picture]))
  const ledger = await openSqliteInProcess({ file: join(data, 'ledger.db') })
  await ledger.stores.objects.createBucket({ name: bucket, region })
  ledger.exec(`
    with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < ${objects})
    insert into objects (bucket, key, blob_id, size, etag, crc64, content_type, headers_json, version, request_id,
      event_name, origin, last_modified)
    select '${bucket}', 'raw/' || printf('%07d', i) || '.jpg', '${id}', ${size}, '${md5}', '${crc64}', 'image/jpeg', '{}',
      printf('%032x', i), 'r', 'cos:ObjectCreated:Put', 'import', ${Date.now()} from n`)
  await ledger.close()
  return folder
}

const batchXml = `<Request><Name>bench</Name><Type>Job</Type><Input><Prefix>raw/</Prefix></Input><Operation><Tag>PicProcess</Tag><JobParam><PicProcess><ProcessRule>${rule}</ProcessRule></PicProcess></JobParam><Output><Region>${region}</Region><Bucket>${bucket}</Bucket><Object>out/\${InputName}.jpg</Object></Output></Operation></Request>`

const ok = ({ status, text }) => {
  if (status !== 200) throw new Error(`${status} ${text}`)
  return text
}
const numberIn = (text, name) => Number(new RegExp(`<${name}>(\\d+)</${name}>`).exec(text)?.[1] ?? 0)

/** Answer times of GET of a small object in milliseconds, one after another, until told. */
async function answerTimes(server, isOver) {
  const times = []
  while (!isOver()) {
    const begun = performance.now()
    ok(await server.cos('GET', '/raw/0000000.jpg'))
    times.push(performance.now() - begun)
  }
  return times
}
const forSeconds = (some) => {
  const until = performance.now() + some * 1000
  return () => performance.now() > until
}

async function queueOf(server) {
  await server.ci('POST', '/picbucket')
  const id = /<QueueId>(\w+)</.exec(ok(await server.ci('GET', '/picqueue')))[1]
  return async (state) => ok(await server.ci('PUT', `/picqueue/${id}`, `<Request><State>${state}</State></Request>`))
}

async function startBatch(server) {
  const id = /<JobId>(\w+)</.exec(ok(await server.ci('POST', '/inventorytriggerjob', batchXml)))[1]
  let progress = 0
  return {
    id,
    /** How far it is; fails when that is less than before. */
    async look() {
      const text = ok(await server.ci('GET', `/inventorytriggerjob/${id}`))
      const now = numberIn(text, 'Progress')
      if (now < progress) throw new Error(`progress went from ${progress} to ${now}`)
      progress = now
      return { progress, created: numberIn(text, 'Created'), ended: numberIn(text, 'Ended') }
    },
    async waiting() {
      const text = ok(await server.ci('GET', `/jobs?inventoryTriggerJobId=${id}&states=Submitted,Pause&size=1`))
      return text.includes('<JobsDetail>')
    },
  }
}

const told = (times) =>
  `p50 ${rounded(percentile(times, 50))} p99 ${rounded(percentile(times, 99))} max ${rounded(Math.max(...times))} ms (${times.length})`
const ratio = (one, other) => `p99 ratio ${rounded(percentile(one, 99) / percentile(other, 99), 2)}`

async function allObjects() {
  const environment = { PIXMILL_BATCH_MAX_WAITING: '100000', PIXMILL_QUEUE_MAX_SIZE: '1000000' }
  const server = await startServer({ folder: await filled(), environment })
  try {
    await (await queueOf(server))('Paused')
    const begun = performance.now()
    const batch = await startBatch(server)
    const memory = []
    let created = 0
    while (created < Math.min(100_000, objects)) {
      await pause(250)
      ;({ created } = await batch.look())
      memory.push([created, residentMiB(server.pid).server])
    }
    const took = (performance.now() - begun) / 1000
    const half = memory.slice(Math.floor(memory.length / 2))
    const most = Math.max(...memory.map(([, mib]) => mib))
    console.log(`${created} jobs made, none of them done: ${rounded(created / took, 0)} a second`)
    console.log(
      `  resident ${rounded(memory[0][1], 0)} MiB at first, ${rounded(most, 0)} at most; second half ${rounded(slope(half) * 10_000, 2)} MiB per 10 000 objects`,
    )
  } finally {
    await server.stop()
  }
}

async function reading() {
  const server = await startServer({ folder: await filled(), environment: { PIXMILL_QUEUE_MAX_SIZE: '1000000' } })
  try {
    await (await queueOf(server))('Paused')
    // Warm: the first answers of a server are slow.
    await answerTimes(server, forSeconds(2))
    const idle = await answerTimes(server, forSeconds(seconds))
    const isOver = forSeconds(seconds)
    const timing = answerTimes(server, isOver)
    let batches = 0
    while (!isOver()) {
      const batch = await startBatch(server)
      while ((await batch.look()).created < Math.min(500, objects)) await pause(20)
      ok(await server.ci('PUT', `/inventorytriggerjob/${batch.id}?cancel`))
      while (await batch.waiting()) await pause(20)
      batches += 1
    }
    const times = await timing
    console.log(`batches read until 500 jobs wait, and cancelled: ${batches} in ${seconds} s`)
    console.log(`  GET idle:    ${told(idle)}`)
    console.log(`  GET reading: ${told(times)}; ${ratio(times, idle)}`)
  } finally {
    await server.stop()
  }
}

async function working() {
  const server = await startServer({
    folder: await filled(),
    environment: { PIXMILL_QUEUE_MAX_SIZE: '1000000' },
  })
  try {
    const setQueue = await queueOf(server)
    // Warm: the first answers of a server are slow.
    await answerTimes(server, forSeconds(2))
    const idle = await answerTimes(server, forSeconds(seconds))
    // As many single jobs as will be done meanwhile and more, made beforehand.
    await setQueue('Paused')
    const single = jobXml({ input: 'raw/0000000.jpg', rule, output: 'single/${JobId}.jpg' })
    const singles = (seconds + 2) * 600
    for (let made = 0; made < singles; made += 20) {
      await Promise.all(Array.from({ length: 20 }, async () => ok(await server.ci('POST', '/jobs', single))))
    }
    await setQueue('Active')
    await answerTimes(server, forSeconds(2))
    const withSingles = await answerTimes(server, forSeconds(seconds))
    await setQueue('Paused')
    const left = await server.ci('GET', '/jobs?states=Pause&size=1')
    if (!left.text.includes('<JobId>')) throw new Error('the single jobs were all done before the time was over')
    // What is left of them would go before the batch: the service is closed with them, and opened again.
    ok(await server.ci('DELETE', '/picbucket'))
    await queueOf(server)

    const batch = await startBatch(server)
    const begun = performance.now()
    const isOver = forSeconds(seconds)
    const timing = answerTimes(server, isOver)
    const memory = []
    let mostAhead = 0
    let last
    while (!isOver()) {
      await pause(250)
      last = await batch.look()
      mostAhead = Math.max(mostAhead, last.created - last.ended)
      memory.push([(performance.now() - begun) / 60_000, residentMiB(server.pid).server])
    }
    const times = await timing
    const most = Math.max(...memory.map(([, mib]) => mib))
    console.log(`a batch over ${objects} objects at work: ${rounded(last.ended / seconds, 0)} jobs a second`)
    console.log(`  GET idle:             ${told(idle)}`)
    console.log(`  GET with single jobs: ${told(withSingles)}; ${ratio(withSingles, idle)}`)
    console.log(
      `  GET with the batch:   ${told(times)}; ${ratio(times, idle)}, to single jobs ${ratio(times, withSingles)}`,
    )
    console.log(
      `  made and not counted as ended: at most ${mostAhead}; resident at most ${rounded(most, 0)} MiB, second half ${rounded(slope(memory.slice(Math.floor(memory.length / 2))), 2)} MiB a minute`,
    )
    const asked = performance.now()
    ok(await server.ci('PUT', `/inventorytriggerjob/${batch.id}?cancel`))
    const answered = performance.now()
    while (await batch.waiting()) await pause(5)
    const none = performance.now()
    const { created } = await batch.look()
    await pause(1_000)
    if ((await batch.look()).created !== created) throw new Error('a cancelled batch made more jobs')
    console.log(
      `  cancel: answered after ${rounded(answered - asked)} ms, none of its jobs waits ${rounded(none - asked)} ms after it was asked`,
    )
  } finally {
    await server.stop()
  }
}

const parts = [allObjects, reading, working]
for (const [index, run] of parts.entries()) if (part === 0 || part === index + 1) await run()
