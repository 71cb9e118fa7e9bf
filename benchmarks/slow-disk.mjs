// npm run bench:slow-disk [-- --sync 20 --seconds 6 --rate 25 --runs 3]
//
// GET of a small object while jobs are submitted, on a disk whose syncs take 20 ms, against the same on an undisturbed
// disk. A slow disk must not stop those who only read. Submitted alone (their queue is paused) shows the disk; carried out
// as well adds what the engines take of the processors. The slow disk is a library loaded before all others, made here with
// the C compiler of the machine.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { median, option, percentile, rounded } from './support/figures.mjs'
import { photographs } from './support/pictures.mjs'
import { jobXml, startServer } from './support/server.mjs'

const syncMs = option('sync', 20)
const seconds = option('seconds', 6)
const rate = option('rate', 25)
const runs = option('runs', 3)
const GOAL_MS = 50

const compiler = ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0)
if (process.platform !== 'linux' || compiler === undefined) {
  console.log(`skipped: it takes ${process.platform === 'linux' ? 'a C compiler (cc)' : 'Linux'} to make a disk slow.`)
  process.exit(0)
}
const folder = await mkdtemp(join(tmpdir(), 'pixmill-slow-'))
const shim = join(folder, 'slow-sync.so')
const source = fileURLToPath(new URL('support/slow-sync.c', import.meta.url))
execFileSync(compiler, ['-shared', '-fPIC', '-O2', '-o', shim, source, '-ldl'])

const [picture] = await photographs(1)

/** Answer times of GET in milliseconds, one client, and how many jobs were accepted and ended meanwhile. */
async function run({ isSlow, load }) {
  const server = await startServer({
    environment: {
      PIXMILL_QUEUE_MAX_SIZE: '1000000',
      ...(isSlow ? { LD_PRELOAD: shim, SLOW_SYNC_MS: String(syncMs) } : {}),
    },
  })
  try {
    await server.cos('PUT', '/small.txt', 'a small object')
    await server.cos('PUT', '/in.jpg', picture)
    await server.ci('POST', '/picbucket')
    const queueId = /<QueueId>(\w+)</.exec((await server.ci('GET', '/picqueue')).text)[1]
    if (load === 'submitted') {
      await server.ci('PUT', `/picqueue/${queueId}`, '<Request><State>Paused</State></Request>')
    }
    const xml = (n) => jobXml({ input: 'in.jpg', rule: 'imageMogr2/thumbnail/64x', output: `out/${n}.jpg` })
    const until = performance.now() + seconds * 1000
    let submitted = 0
    const answers = []
    // By the clock and not one after another: a slow answer must not make fewer questions.
    const submitting = setInterval(() => {
      if (load === 'none') return
      submitted += 1
      answers.push(server.ci('POST', '/jobs', xml(submitted)))
    }, 1000 / rate)
    const times = []
    while (performance.now() < until) {
      const begun = performance.now()
      const { status } = await server.cos('GET', '/small.txt')
      if (status !== 200) throw new Error(`GET ${status}`)
      times.push(performance.now() - begun)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    clearInterval(submitting)
    for (const { status, text } of await Promise.all(answers)) {
      if (status !== 200) throw new Error(`${status} ${text}`)
    }
    return { p50: percentile(times, 50), p99: percentile(times, 99), gets: times.length, submitted }
  } finally {
    await server.killHard()
    await rm(server.folder, { recursive: true, force: true })
  }
}

const kinds = {
  'undisturbed disk, no jobs': { isSlow: false, load: 'none' },
  'undisturbed disk, jobs submitted': { isSlow: false, load: 'submitted' },
  'undisturbed disk, jobs carried out': { isSlow: false, load: 'carried out' },
  'slow disk, no jobs': { isSlow: true, load: 'none' },
  'slow disk, jobs submitted': { isSlow: true, load: 'submitted' },
  'slow disk, jobs carried out': { isSlow: true, load: 'carried out' },
}
const figures = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]))
for (let n = 0; n < runs; n += 1) {
  for (const [kind, options] of Object.entries(kinds)) figures[kind].push(await run(options))
}
await rm(folder, { recursive: true, force: true })

const middle = (kind, name) => median(figures[kind].map((figure) => figure[name]))
console.log(`GET of a small object, syncs of ${syncMs} ms, median of ${runs} runs of ${seconds} s:`)
for (const kind of Object.keys(kinds)) {
  const jobs = middle(kind, 'submitted') / seconds
  console.log(
    `  ${kind.padEnd(35)} p50 ${rounded(middle(kind, 'p50'))} ms, p99 ${rounded(middle(kind, 'p99'))} ms` +
      ` (${middle(kind, 'gets')} answers${jobs > 0 ? `, ${rounded(jobs, 0)} jobs/s submitted` : ''})`,
  )
}
for (const load of ['submitted', 'carried out']) {
  const p99 = middle(`slow disk, jobs ${load}`, 'p99')
  const ratio = p99 / middle(`undisturbed disk, jobs ${load}`, 'p99')
  const goal = `under ${GOAL_MS} ms ${p99 < GOAL_MS ? 'held' : 'MISSED'}`
  console.log(`  slow to undisturbed disk, jobs ${load}: p99 ${rounded(ratio, 2)} times; goal ${goal}`)
}
