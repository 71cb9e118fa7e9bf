// npm run bench:start [-- --runs 7]
//
// From the start of the program to its first answer, the resident memory of an idle server, and that of an engine after
// work on JPEG; beside the start of a bare Node program that listens and answers, in the same run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { median, option, rounded } from './support/figures.mjs'
import { photographs } from './support/pictures.mjs'
import { inParallel, jobXml, startServer } from './support/server.mjs'
import { startReceiver } from './support/start-receiver.mjs'

const runs = option('runs', 7)
const bare = []
const ours = []

for (let run = 0; run < runs; run += 1) {
  bare.push(await startBare())
  const begun = performance.now()
  const server = await startServer()
  const answer = await fetch(`${server.url}/-/healthz`)
  if (answer.status !== 200) throw new Error(`healthz answered ${answer.status}`)
  ours.push(performance.now() - begun)
  await server.stop()
}
console.log(
  `start to first answer: ${rounded(median(ours), 0)} ms, ${rounded(median(ours) / median(bare))} times a bare Node server (${rounded(median(bare), 0)} ms); median of ${runs} alternating starts on a new folder`,
)

const server = await startServer()
while ((await fetch(`${server.url}/-/readyz`)).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50))
const idle = await residentMb(server.pid)
const receiver = await startReceiver()
const pictures = await photographs(6)
for (const [index, bytes] of pictures.entries()) await server.cos('PUT', `/in/${index}.jpg`, bytes)
const complete = receiver.all(60)
await inParallel(Array(60).fill(0), 8, (_item, index) =>
  server.ci(
    'POST',
    '/jobs',
    jobXml({
      input: `in/${index % 6}.jpg`,
      rule: 'imageMogr2/thumbnail/512x',
      output: `${index}.jpg`,
      callback: receiver.url,
    }),
  ),
)
await complete
const engines = []
for (const pid of await childrenOf(server.pid)) engines.push(await residentMb(pid))
console.log(`idle server: ${idle} MB resident; engines after 60 JPEGs of 2040×1356: ${engines.join(', ')} MB each`)
receiver.stop()
await server.stop()

/** A Node program that does nothing but listen and answer. */
async function startBare() {
  const begun = performance.now()
  const program = `const s=require('node:http').createServer((q,r)=>r.end('ok'));s.listen(0,'127.0.0.1',()=>console.log(s.address().port))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const port of createInterface({ input: child.stdout })) {
    await (await fetch(`http://127.0.0.1:${port}/`)).text()
    break
  }
  const ms = performance.now() - begun
  const ended = once(child, 'exit')
  child.kill()
  await ended
  return ms
}

async function residentMb(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024)
}

/** Linux only, as `/proc` is. */
async function childrenOf(parent) {
  const found = []
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent) found.push(Number(pid))
  }
  return found
}
