// npm run bench:workflows [-- --uploads 100 --runs 5 --warm 1500]
//
// Uploads of 2040×1356 JPEG that each start a workflow of three nodes (1024, 512 and 256 pixels wide), from the first byte
// sent to the last WorkflowFinish received, as a ratio to the bare loop doing the same: each upload's bytes written, synced
// and renamed, and three results of it made by the same engine program, written, synced and renamed. The bare loop stores
// sources ahead of its engines, so that they never wait for one. What it does not do: HTTP, check sums, records, callbacks.
//
// The server's side includes the client that uploads and the receiver, which share the cores; what they use of them is
// told. Every job's TaskFinish is delivered as well, so an upload costs four callbacks. Both are started and warmed once and
// then take turns: a server runs for weeks, and the first thousand uploads are carried out while V8 still compiles, which is a
// tenth of all it does then. What the very first ones take stands beside it. The processor time stands beside the clock, as in
// jobs.mjs.
import { startBareLoop } from './support/bare-loop.mjs'
import { median, option, rounded } from './support/figures.mjs'
import { photographs } from './support/pictures.mjs'
import { processorMs } from './support/processor-time.mjs'
import { bucket, inParallel, region, startServer } from './support/server.mjs'
import { startReceiver } from './support/start-receiver.mjs'

const uploads = option('uploads', 100)
const warm = option('warm', 1_500)
/** The bare loop has little to compile. */
const BARE_WARM = 300
const runs = option('runs', 5)
const UPLOADS_AT_ONCE = 4
const rules = ['imageMogr2/thumbnail/1024x', 'imageMogr2/thumbnail/512x', 'imageMogr2/thumbnail/256x']
const pictures = await photographs(Math.min(uploads, 24))

/** Uploads per second, each with its three results, with nothing around the engines. */
async function bareLoop(bare, count) {
  const begun = performance.now()
  const usedBefore = bareMs()
  const stored = []
  for (let index = 0; index < count; index += 1) {
    const turn = stored[index - UPLOADS_AT_ONCE] ?? Promise.resolve()
    stored.push(turn.then(() => bare.store(pictures[index % pictures.length])))
  }
  const results = stored.flatMap((source) => rules.map((rule) => ({ source, rule })))
  await inParallel(results, bare.slots, async ({ source, rule }) => bare.make(await source, rule))
  const seconds = (performance.now() - begun) / 1000
  const usedMs = bareMs() - usedBefore
  await bare.clear()
  return { perSecond: count / seconds, usedMs: usedMs / count }
}

/** Uploads per second from the first one sent to the last run told. */
async function asWorkflow(name, count) {
  const complete = receiver.all(count, 'WorkflowFinish')
  const begun = performance.timeOrigin + performance.now()
  const usedBefore = processorMs(server.pid)
  const ownBefore = process.cpuUsage()
  await inParallel(Array(count).fill(0), UPLOADS_AT_ONCE, (_item, index) =>
    server.cos('PUT', `/in/${name}-${index}.jpg`, pictures[index % pictures.length]),
  )
  const { user, system } = process.cpuUsage(ownBefore)
  const { at, cpuMs } = await complete
  const usedMs = processorMs(server.pid) - usedBefore
  return {
    perSecond: (count * 1000) / (Math.max(...at.values()) - begun),
    usedMs: usedMs / count,
    clientMs: (user + system) / 1000 / count,
    receiverMs: cpuMs / count,
  }
}

/** The bare loop runs in this process, below which the server is, too. */
function bareMs() {
  return processorMs(process.pid) - processorMs(server.pid)
}

function workflowXml(url) {
  const names = rules.map((_rule, index) => `PicProcess_${index}`)
  const nodes = rules.map(
    (rule, index) =>
      `<${names[index]}><Type>PicProcess</Type><Operation><PicProcess><ProcessRule>${rule}</ProcessRule></PicProcess><Output><Region>${region}</Region><Bucket>${bucket}</Bucket><Object>out/\${RunId}/${index}.\${Ext}</Object></Output></Operation></${names[index]}>`,
  )
  const notify = `<State>On</State><Event>TaskFinish,WorkflowFinish</Event><Type>Url</Type><Url>${url}</Url>`
  return `<Request><MediaWorkflow><Name>three</Name><State>Active</State><Topology><Dependencies><Start>${names.join(',')}</Start>${names.map((name) => `<${name}>End</${name}>`).join('')}</Dependencies><Nodes><Start><Type>Start</Type><Input><ObjectPrefix>in/</ObjectPrefix><NotifyConfig>${notify}</NotifyConfig></Input></Start>${nodes.join('')}</Nodes></Topology></MediaWorkflow></Request>`
}

const bare = await startBareLoop()
const server = await startServer()
const receiver = await startReceiver()
const measured = { bare: [], served: [] }
let first
try {
  const created = await server.ci('POST', '/workflow', workflowXml(receiver.url))
  if (created.status !== 200) throw new Error(`the workflow was answered ${created.status} ${created.text}`)
  await bareLoop(bare, Math.min(warm, BARE_WARM))
  first = await asWorkflow('first', uploads)
  await asWorkflow('warm', warm)
  for (let run = 0; run < runs; run += 1) {
    measured.bare.push(await bareLoop(bare, uploads))
    measured.served.push(await asWorkflow(`run-${run}`, uploads))
  }
} finally {
  receiver.stop()
  await Promise.all([server.stop(), bare.stop()])
}
const { bare: bareRuns, served } = measured
const of = (list, field) => median(list.map((run) => run[field]))
console.log(
  [
    `uploads through a workflow of three nodes: ${rounded(of(served, 'perSecond') / of(bareRuns, 'perSecond'), 3)} of the bare loop`,
    `(${rounded(of(served, 'perSecond'))} uploads/s against ${rounded(of(bareRuns, 'perSecond'))}, median of ${runs} alternating runs of ${uploads})`,
  ].join(' '),
)
console.log(
  `  processor time of an upload ${rounded(of(served, 'usedMs'))} ms, of one in the bare loop ${rounded(of(bareRuns, 'usedMs'))} ms: ${rounded(of(bareRuns, 'usedMs') / of(served, 'usedMs'), 3)}; beside that the client uses ${rounded(of(served, 'clientMs'))} ms and the receiver ${rounded(of(served, 'receiverMs'))} ms`,
)
console.log(
  `  the first ${uploads} uploads after the start: ${rounded(first.perSecond)} uploads/s, ${rounded(first.usedMs)} ms each`,
)
