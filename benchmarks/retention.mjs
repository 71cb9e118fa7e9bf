// npm run bench:retention [-- --jobs 100000 --seconds 8]
//
// How much the cleaner of records is felt: the answer times of GET of a small object, of submits and of job queries
// while it removes a ledger full of ended jobs, against the same server when it has nothing to remove; and how long a
// batch holds the ledger.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { option, percentile, rounded } from './support/figures.mjs'
import { bucket, dist, jobXml, region, startServer } from './support/server.mjs'

const jobs = option('jobs', 100_000)
const seconds = option('seconds', 8)
const DAY = 86_400_000

const { openSqliteInProcess } = await import(join(dist, 'database/sqlite/index.js'))

/** A ledger with ended jobs, each with its event, a delivered callback of 1.5 kB and one attempt. */
async function filled(folder) {
  const { mkdir } = await import('node:fs/promises')
  await mkdir(join(folder, 'data'), { recursive: true, mode: 0o711 })
  const ledger = await openSqliteInProcess({ file: join(folder, 'data/ledger.db') })
  const numbers = `with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < ${jobs})`
  const at = `(${Date.now() - 31 * DAY - jobs} + i)`
  const id = (prefix) => `'${prefix}' || printf('%032x', i)`
  ledger.exec(`
    insert into jobs (id, bucket, region, queue_id, state, code, message, level, created_at, started_at, ended_at,
      not_before, input_object, output_bucket, output_region, output_object, is_pic_info, process_rule, result_json)
    ${numbers} select ${id('c')}, '${bucket}', '${region}', 'p1', 'Success', 'Success', '', 0, ${at}, ${at}, ${at}, ${at},
      'in/' || i || '.jpg', '${bucket}', '${region}', 'out/' || i || '.jpg', 0, 'imageMogr2/thumbnail/320x', '{}' from n;
    insert into events (id, name, subject, bucket, created_at)
    ${numbers} select ${id('evt_')}, 'TaskFinish', ${id('c')}, '${bucket}', ${at} from n;
    insert into deliveries (id, event_id, event_name, subject, url, origin, content_type, body, state, created_at,
      ended_at, attempts)
    ${numbers} select ${id('dlv_')}, ${id('evt_')}, 'TaskFinish', ${id('c')}, 'http://r.test/', 'http://r.test',
      'application/xml', randomblob(1500), 'Delivered', ${at}, ${at}, 1 from n;
    insert into attempts (delivery_id, number, started_at, duration_ms, status, answer)
    ${numbers} select ${id('dlv_')}, 1, ${at}, 5, 200, '' from n;
  `)
  await ledger.close()
}

/** Answer times in milliseconds, by kind of call, each kind asked by one client in a row. */
async function answerTimes(server) {
  await server.cos('PUT', '/small.txt', 'small')
  await server.ci('POST', '/picbucket')
  const queueId = /<QueueId>(\w+)</.exec((await server.ci('GET', '/picqueue')).text)[1]
  await server.ci('PUT', `/picqueue/${queueId}`, '<Request><State>Paused</State></Request>')
  const xml = jobXml({ input: 'small.txt', rule: 'imageMogr2/strip', output: 'out.jpg' })
  const until = performance.now() + seconds * 1000
  const repeat = async (call) => {
    const times = []
    while (performance.now() < until) {
      const begun = performance.now()
      const { status, text } = await call()
      if (status !== 200) throw new Error(`${status} ${text}`)
      times.push(performance.now() - begun)
    }
    return times
  }
  const [get, submit, list] = await Promise.all([
    repeat(() => server.cos('GET', '/small.txt')),
    repeat(() => server.ci('POST', '/jobs', xml)),
    repeat(() => server.ci('GET', `/jobs?queueId=${queueId}&tag=PicProcess&size=10`)),
  ])
  return { get, submit, list }
}

async function run(isFull) {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-bench-retention-'))
  if (isFull) await filled(folder)
  const server = await startServer({ folder, environment: { PIXMILL_QUEUE_MAX_SIZE: '1000000' } })
  try {
    return await answerTimes(server)
  } finally {
    await server.stop()
  }
}

/** How long the ledger is held by a batch, and how fast the whole goes, with nobody else there. */
async function batches() {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-bench-retention-'))
  await filled(folder)
  const ledger = await openSqliteInProcess({ file: join(folder, 'data/ledger.db') })
  const { retention } = ledger.stores
  const timed = async (call) => {
    const times = []
    for (;;) {
      const begun = performance.now()
      const isOver = await call()
      times.push(performance.now() - begun)
      if (isOver) return times
    }
  }
  const emptied = await timed(async () => (await retention.emptyDeliveredBodies(Date.now(), 100)) < 100)
  let after = null
  const before = { endedAt: Date.now(), id: '' }
  const removed = await timed(async () => {
    after = (await retention.removeEndedJobs({ after, before, limit: 100 })).next
    return after === null
  })
  await ledger.close()
  await rm(folder, { recursive: true, force: true })
  return { emptied, removed }
}

const told = (times) =>
  `p50 ${rounded(percentile(times, 50))} p99 ${rounded(percentile(times, 99))} max ${rounded(Math.max(...times))} ms`
const { emptied, removed } = await batches()
console.log(`a batch of 100 bodies emptied: ${told(emptied)}`)
console.log(`a batch of 100 jobs removed:   ${told(removed)}`)
const undisturbed = await run(false)
const disturbed = await run(true)
for (const kind of ['get', 'submit', 'list']) {
  const ratio = percentile(disturbed[kind], 99) / percentile(undisturbed[kind], 99)
  console.log(`${kind.padEnd(6)} undisturbed: ${told(undisturbed[kind])} (${undisturbed[kind].length})`)
  console.log(
    `${''.padEnd(6)} cleaning:    ${told(disturbed[kind])} (${disturbed[kind].length}); p99 ratio ${rounded(ratio, 2)}`,
  )
}
