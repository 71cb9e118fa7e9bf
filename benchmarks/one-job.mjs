// npm run bench:one-job [-- --jobs 100 --warm 100]
//
// One small job at a time on a server that has nothing else to do: from before the submit to the callback received, and
// how much of it is spent outside the engine. The server writes its debug log, which says how long each engine took.
import { setTimeout as pause } from 'node:timers/promises'
import { median, option, percentile, rounded } from './support/figures.mjs'
import { photographs } from './support/pictures.mjs'
import { jobXml, startServer } from './support/server.mjs'
import { startReceiver } from './support/start-receiver.mjs'

const jobs = option('jobs', 100)
const warm = option('warm', 100)
/** Long enough that nothing of the job before is left to be done: its delivery is recorded a few milliseconds later. */
const PAUSE_MS = 40

const engineMs = new Map()
const server = await startServer({
  onLog: (line) => {
    if (line.msg === 'a job is settled') engineMs.set(line.jobId, line.engineMs)
  },
})
const receiver = await startReceiver()
try {
  const [picture] = await photographs(1, 640, 427)
  await server.cos('PUT', '/in.jpg', picture)
  await server.ci('POST', '/picbucket')
  const one = async (index) => {
    const told = receiver.all(1)
    const begun = performance.timeOrigin + performance.now()
    const submitted = server.ci(
      'POST',
      '/jobs',
      jobXml({
        input: 'in.jpg',
        rule: 'imageMogr2/thumbnail/320x',
        output: `out/${index}.jpg`,
        callback: receiver.url,
      }),
    )
    const [[jobId, at]] = (await told).at
    await submitted
    await pause(PAUSE_MS)
    return { ms: at - begun, outsideMs: at - begun - engineMs.get(jobId) }
  }
  for (let index = 0; index < warm; index += 1) await one(index)
  const measured = []
  for (let index = 0; index < jobs; index += 1) measured.push(await one(warm + index))
  const all = measured.map(({ ms }) => ms)
  const outside = measured.map(({ outsideMs }) => outsideMs)
  console.log(
    `one small job on an idle server, submit to callback received: p50 ${rounded(median(all))} ms, p99 ${rounded(percentile(all, 99))} ms; outside the engine p50 ${rounded(median(outside))} ms (640×427 JPEG to 320, ${jobs} jobs one after another)`,
  )
} finally {
  receiver.stop()
  await server.stop()
}
