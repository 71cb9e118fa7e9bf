// npm run bench:submit [-- --count 6000 --width 32 --runs 3]
//
// Jobs accepted per second, each durable before it is acknowledged, into a paused queue on SQLite; beside the same
// client against a bare Node server that reads the body and answers as many bytes, in the same run: what is left of the
// client's own limit.
import { Worker } from 'node:worker_threads'
import { median, option, rounded } from './support/figures.mjs'
import { clientOf, inParallel, jobXml, startServer } from './support/server.mjs'

const count = option('count', 6_000)
const width = option('width', 32)
const runs = option('runs', 3)
const body = (index) => jobXml({ input: 'in.jpg', rule: 'imageMogr2/thumbnail/512x', output: `${index}.jpg` })

const perSecond = async (call) => {
  const begun = performance.now()
  await inParallel(Array(count).fill(0), width, async (_item, index) => {
    const { status } = await call('POST', '/jobs', body(index))
    if (status !== 200) throw new Error(`answered ${status}`)
  })
  return count / ((performance.now() - begun) / 1000)
}

const bare = new Worker(
  `const { createServer } = require('node:http'); const answer = Buffer.alloc(900, 32)
   const server = createServer((q, r) => { q.resume(); q.on('end', () => r.end(answer)) })
   server.listen(0, '127.0.0.1', () => require('node:worker_threads').parentPort.postMessage(server.address().port))`,
  { eval: true },
)
const port = await new Promise((resolve) => bare.once('message', resolve))
const bareClient = clientOf(`http://127.0.0.1:${port}`)

const ours = []
const theirs = []
for (let run = 0; run < runs; run += 1) {
  theirs.push(await perSecond(bareClient.ci))
  const server = await startServer({ environment: { PIXMILL_QUEUE_MAX_SIZE: '1000000' } })
  await server.ci('POST', '/picbucket')
  const queueId = /<QueueId>(\w+)</.exec((await server.ci('GET', '/picqueue')).text)[1]
  await server.ci('PUT', `/picqueue/${queueId}`, '<Request><State>Paused</State></Request>')
  ours.push(await perSecond(server.ci))
  await server.stop()
}
bareClient.close()
await bare.terminate()
console.log(
  `POST /jobs: ${rounded(median(ours), 0)} accepted per second, ${rounded(median(ours) / median(theirs), 3)} of a bare Node server that keeps nothing (${rounded(median(theirs), 0)}/s); median of ${runs} runs of ${count} at ${width} connections`,
)
