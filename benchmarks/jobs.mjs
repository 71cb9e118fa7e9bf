// npm run bench:jobs [-- --jobs 300 --runs 5 --warm 600]
//
// 2040×1356 JPEG → 512 as jobs, from the moment a backlog may start to the last callback received, as a ratio to the
// bare loop: the same engine program, as many processes and pictures in flight, reading a file, writing, syncing and
// renaming, with nothing around it. Runs alternate; the median of each is compared. Both have done some hundred pictures
// before they are measured: a server runs for weeks, and its first hundred jobs are carried out by code that is not
// compiled yet.
//
// Beside it the processor time of each: of the server with its engines, and of the bare loop with its engines. On cores
// that have nothing else to do it bounds the ratio; on a machine that others use too it says more than the clock.
//
// Where the time of a job goes comes from one more run, whose server writes its debug log.
import { startBareLoop } from './support/bare-loop.mjs'
import { median, option, percentile, rounded } from './support/figures.mjs'
import { photographs } from './support/pictures.mjs'
import { processorMs } from './support/processor-time.mjs'
import { inParallel, jobXml, startServer } from './support/server.mjs'
import { startReceiver } from './support/start-receiver.mjs'

const jobs = option('jobs', 300)
const warm = option('warm', 600)
const runs = option('runs', 5)
const rule = 'imageMogr2/thumbnail/512x'

const pictures = await photographs(Math.min(jobs, 24))

/** Pictures per second with nothing around the engines. */
async function bareLoop(wantSourceFacts) {
  const bare = await startBareLoop()
  const sources = await Promise.all(pictures.map((bytes) => bare.keep(bytes)))
  const one = (_item, index) => bare.make(sources[index % sources.length], rule, wantSourceFacts)
  await inParallel(Array(warm).fill(0), bare.slots, one)
  const begun = performance.now()
  const usedBefore = processorMs(process.pid)
  await inParallel(Array(jobs).fill(0), bare.slots, one)
  const seconds = (performance.now() - begun) / 1000
  const usedMs = processorMs(process.pid) - usedBefore
  await bare.stop()
  return { perSecond: jobs / seconds, usedMs: usedMs / jobs }
}

/** Jobs per second from resume to the last callback; with `tells`, where the time of a job goes. */
async function asJobs(isPicInfo, tells = false) {
  const settled = []
  const onLog = (line) => {
    if (line.msg === 'a job is settled') settled.push(line)
  }
  const server = await startServer(tells ? { onLog } : {})
  const receiver = await startReceiver()
  try {
    for (const [index, bytes] of pictures.entries()) await server.cos('PUT', `/in/${index}.jpg`, bytes)
    await server.ci('POST', '/picbucket')
    const queueId = /<QueueId>(\w+)</.exec((await server.ci('GET', '/picqueue')).text)[1]
    const setQueue = (state) => server.ci('PUT', `/picqueue/${queueId}`, `<Request><State>${state}</State></Request>`)
    const backlog = async (count, name) => {
      await setQueue('Paused')
      await inParallel(Array(count).fill(0), 16, (_item, index) =>
        server.ci(
          'POST',
          '/jobs',
          jobXml({
            input: `in/${index % pictures.length}.jpg`,
            rule,
            output: `${name}/${index}.jpg`,
            callback: receiver.url,
            isPicInfo,
          }),
        ),
      )
      const complete = receiver.all(count)
      const begun = performance.timeOrigin + performance.now()
      const usedBefore = processorMs(server.pid)
      await setQueue('Active')
      const { at, cpuMs } = await complete
      const usedMs = processorMs(server.pid) - usedBefore
      return { seconds: (Math.max(...at.values()) - begun) / 1000, at, cpuMs, usedMs }
    }
    await backlog(warm, 'warm')
    settled.length = 0
    const { seconds, at, cpuMs, usedMs } = await backlog(jobs, 'out')
    return {
      perSecond: jobs / seconds,
      at,
      cpuShare: cpuMs / 1000 / seconds,
      usedMs: usedMs / jobs,
      settled: [...settled],
    }
  } finally {
    receiver.stop()
    await server.stop()
  }
}

for (const isPicInfo of [false, true]) {
  const bare = []
  const served = []
  for (let run = 0; run < runs; run += 1) {
    bare.push(await bareLoop(isPicInfo))
    served.push(await asJobs(isPicInfo))
  }
  const last = await asJobs(isPicInfo, true)
  const middle = (field) => rounded(median(last.settled.map((line) => line[field])))
  const told = last.settled.map((line) => last.at.get(line.jobId) - line.time).filter((ms) => ms >= 0)
  const of = (list, field) => median(list.map((run) => run[field]))
  const ratio = of(served, 'perSecond') / of(bare, 'perSecond')
  console.log(
    [
      `IsPicInfo ${isPicInfo}: ${rounded(ratio, 3)} of the bare loop`,
      `(${rounded(of(served, 'perSecond'))} jobs/s against ${rounded(of(bare, 'perSecond'))} pictures/s,`,
      `median of ${runs} alternating runs of ${jobs}; receiver used ${rounded(of(served, 'cpuShare') * 100)} % of a core)`,
    ].join(' '),
  )
  console.log(
    `  processor time of a job ${rounded(of(served, 'usedMs'))} ms, of a picture of the bare loop ${rounded(of(bare, 'usedMs'))} ms: ${rounded(of(bare, 'usedMs') / of(served, 'usedMs'), 3)}`,
  )
  console.log(
    `  of a job, median ms: queue ${middle('queueMs')} (in a backlog), engine ${middle('engineMs')} (waiting for a slot included), store ${middle('storeMs')}, ledger ${middle('ledgerMs')}; ended → callback received ${told.length === 0 ? '-' : rounded(percentile(told, 50))} (p99 ${told.length === 0 ? '-' : rounded(percentile(told, 99))})`,
  )
}
