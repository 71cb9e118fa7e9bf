// npm run bench:recovery [-- --runs 5]
//
// From kill -9 of the whole process group, in the middle of work, to the first job that runs again in the next start:
// the start is made at once, as a supervisor would.
import { rm } from 'node:fs/promises'
import { median, option, rounded } from './support/figures.mjs'
import { photographs } from './support/pictures.mjs'
import { inParallel, jobXml, startServer } from './support/server.mjs'

const runs = option('runs', 5)
const [picture] = await photographs(1)
const listening = []
const running = []

for (let run = 0; run < runs; run += 1) {
  const first = await startServer()
  await first.cos('PUT', '/in.jpg', picture)
  await inParallel(Array(60).fill(0), 16, (_item, index) =>
    first.ci(
      'POST',
      '/jobs',
      jobXml({ input: 'in.jpg', rule: 'imageMogr2/thumbnail/1500x/format/webp', output: `${index}.webp` }),
    ),
  )
  let settled = () => {}
  const firstSettled = new Promise((resolve) => {
    settled = resolve
  })
  const begun = performance.now()
  await first.killHard()
  let isRunning = () => {}
  const firstRunning = new Promise((resolve) => {
    isRunning = resolve
  })
  const second = await startServer({
    folder: first.folder,
    onLog: (line) => {
      if (line.msg === 'jobs are claimed') isRunning(performance.now())
      if (line.msg === 'a job is settled') settled()
    },
  })
  listening.push(performance.now() - begun)
  running.push((await firstRunning) - begun)
  await firstSettled
  await second.stop({ keep: true })
  await rm(first.folder, { recursive: true, force: true })
}
console.log(
  `kill -9 to the first job running again: ${rounded(median(running), 0)} ms (listening after ${rounded(median(listening), 0)} ms); median of ${runs}`,
)
