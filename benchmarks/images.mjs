// npm run bench:images [-- --seconds 10 --runs 5 --formats jpeg,png,webp,avif --connections 2]
//
// Pictures on request, 2040×1356 → 512 wide in the format of the source, at two connections: requests per second and
// latency of this server, beside
//
// - the bare loop: the same engine program, as many processes, and as many pictures in flight as there are connections,
//   reading a file, writing, syncing and renaming, with nothing around it. The bounds speak of this one;
// - ipx over HTTP, the default of whose encoders is what is asked of all;
// - sharp with nothing around it, for information: as many processes as connections, reading a file and writing one that
//   is not synced, without our engine's look at the header, its limits and its other user.
//
// They take turns, and the median of each is compared; each is warm before it is measured.
//
// Every picture is made: of two dozen distinct ones, with a rule that no request before had. (frame/N picks a frame of an
// animation and does nothing to a still picture, but it makes another rule.) ipx keeps no results.
//
// Then one picture again and again, out of the cache.
//
// Beside the clock the processor time of a picture, of the server with its engines, of ipx, and of the loops: what other
// programs on the machine do changes it less. What the bare loop itself does here counts as its own. The client that asks
// runs on the same machine, its time is in no figure by the processor, and against both servers in those by the clock.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { startBareLoop } from './support/bare-loop.mjs'
import { startBareSharp } from './support/bare-sharp.mjs'
import { median, option, percentile, rounded } from './support/figures.mjs'
import { startIpx } from './support/ipx.mjs'
import { photographs } from './support/pictures.mjs'
import { processorMs } from './support/processor-time.mjs'
import { bucket, region, startServer } from './support/server.mjs'

const seconds = option('seconds', 10)
const runs = option('runs', 5)
const connections = option('connections', 2)
const count = option('pictures', 24)
const warm = option('warm', 40)
const formatsAt = process.argv.indexOf('--formats')
const formats = formatsAt < 0 ? ['jpeg', 'png', 'webp', 'avif'] : process.argv[formatsAt + 1].split(',')
const width = 512

/** What the server encodes with: the quality of a JPEG is that of its source, others have a default. */
const settings = {
  jpeg: { extension: 'jpg', options: { quality: 80 }, ipx: 'f_jpeg,q_80', bound: 0.95 },
  png: { extension: 'png', options: { compressionLevel: 6 }, ipx: 'f_png', bound: 0.93 },
  webp: { extension: 'webp', options: { quality: 80 }, ipx: 'f_webp,q_80', bound: 0.93 },
  avif: { extension: 'avif', options: { quality: 60, effort: 4 }, ipx: 'f_avif,q_60', bound: 0.93 },
}
for (const format of formats) {
  if (settings[format] === undefined) throw new Error(`--formats has ${format}, expected of ${Object.keys(settings)}`)
}

const folder = await mkdtemp(join(tmpdir(), 'pixmill-bench-images-'))
// The engines of the bare loop, which run as another user, read here too.
await chmod(folder, 0o755)
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const stops = []
let server
let ipx
let bareLoop
let bareSharp
try {
  server = await startServer()
  stops.push(() => server.stop())
  ipx = await startIpx(folder)
  stops.push(() => ipx.stop())
  bareLoop = await startBareLoop()
  stops.push(() => bareLoop.stop())
  bareSharp = await startBareSharp(connections)
  stops.push(() => bareSharp.stop())
  const jpegs = await photographs(count)
  for (const format of formats) await compare(format, jpegs)
  await cachedHits(jpegs[0])
} finally {
  agent.destroy()
  await Promise.all(stops.map((stop) => stop()))
  await rm(folder, { recursive: true, force: true })
}

async function compare(format, jpegs) {
  const { extension, options, ipx: modifiers, bound } = settings[format]
  const names = []
  for (const [index, jpeg] of jpegs.entries()) {
    const name = `${index}.${extension}`
    const bytes = format === 'jpeg' ? jpeg : await sourceIn(format, jpeg)
    await writeFile(join(folder, name), bytes)
    await server.cos('PUT', `/${name}`, bytes)
    names.push(name)
  }
  const nameAt = (index) => names[index % names.length]
  let rules = 0
  const nextRule = () => `imageMogr2/thumbnail/${width}x/frame/${++rules}`
  const ways = {
    pixmill: {
      usedMs: () => processorMs(server.pid),
      one: (index) => ask(`${server.url}/${nameAt(index)}?${nextRule()}`),
    },
    'bare loop': {
      usedMs: () => processorMs(process.pid) - processorMs(server.pid) - processorMs(ipx.pid),
      one: (index) => bareLoop.make(join(folder, nameAt(index)), nextRule()),
    },
    ipx: {
      usedMs: () => processorMs(ipx.pid),
      one: (index) => ask(`${ipx.url}/w_${width},${modifiers}/${nameAt(index)}`),
    },
    'bare sharp': {
      // Its processes belong to this one, whose own work is none of theirs.
      usedMs: () => processorMs(process.pid) - ownMs() - processorMs(server.pid) - processorMs(ipx.pid),
      one: (index) => bareSharp.make({ source: join(folder, nameAt(index)), width, format, options }),
    },
  }
  const measured = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (const { one } of Object.values(ways)) await until(one, { count: warm })
  for (let run = 0; run < runs; run += 1) {
    for (const [name, { usedMs, one }] of Object.entries(ways)) {
      const usedBefore = usedMs()
      const result = await until(one, { seconds })
      measured[name].push({ ...result, usedMs: (usedMs() - usedBefore) / result.latencies.length })
    }
  }
  const perSecond = (name) => median(measured[name].map((run) => run.perSecond))
  const used = (name) => median(measured[name].map((run) => run.usedMs))
  const byClock = (name) => rounded(perSecond('pixmill') / perSecond(name), 3)
  const byProcessor = (name) => rounded(used(name) / used('pixmill'), 3)
  console.log(
    `${format}: ${byClock('bare loop')} of the bare loop (bound ${bound}), ${byClock('ipx')} times ipx, ${byClock('bare sharp')} of bare sharp; by processor time ${byProcessor('bare loop')}, ${byProcessor('ipx')}, ${byProcessor('bare sharp')}`,
  )
  for (const name of Object.keys(ways)) {
    const latencies = measured[name].flatMap((run) => run.latencies)
    console.log(
      `  ${name.padEnd(10)} ${rounded(perSecond(name))}/s, p50 ${rounded(median(latencies))} ms, p99 ${rounded(percentile(latencies, 99))} ms, processor ${rounded(used(name))} ms a picture`,
    )
  }
}

async function cachedHits(jpeg) {
  await server.cos('PUT', '/hit.jpg', jpeg)
  const one = () => ask(`${server.url}/hit.jpg?imageMogr2/thumbnail/${width}x`)
  await until(one, { count: 500 })
  const { perSecond, latencies } = await until(one, { seconds })
  console.log(
    `cached hits: ${rounded(perSecond)}/s at ${connections} connections, p50 ${rounded(median(latencies), 2)} ms, p99 ${rounded(percentile(latencies, 99), 2)} ms (bound 5)`,
  )
}

/** Does one after another, as many at a time as there are connections, so often or so long. */
async function until(one, { count = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY }) {
  const latencies = []
  const begun = performance.now()
  let next = 0
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < count && performance.now() - begun < seconds * 1000) {
        const index = next++
        const from = performance.now()
        await one(index)
        latencies.push(performance.now() - from)
      }
    }),
  )
  return { latencies, perSecond: (latencies.length * 1000) / (performance.now() - begun) }
}

function ask(url) {
  return new Promise((resolve, reject) => {
    const headers = url.startsWith(server.url) ? { host: `${bucket}.cos.${region}.pixmill.test` } : {}
    const request = get(url, { agent, headers }, (response) => {
      let bytes = 0
      response.on('data', (piece) => {
        bytes += piece.length
      })
      response.on('end', () => {
        if (response.statusCode === 200 && bytes > 0) resolve()
        else reject(new Error(`${url} answered ${response.statusCode}`))
      })
    })
    request.on('error', (error) => {
      // A connection that rested while others had their turn may be closed by its server at the very moment of its use.
      if (request.reusedSocket && error.code === 'ECONNRESET') ask(url).then(resolve, reject)
      else reject(error)
    })
  })
}

function ownMs() {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  return (userCPUTime + systemCPUTime) / 1000
}

function sourceIn(format, jpeg) {
  const picture = sharp(jpeg)
  // Lossless sources as scanners and tools write them; the time to make them is not measured.
  if (format === 'png') return picture.png().toBuffer()
  return format === 'webp'
    ? picture.webp({ quality: 85 }).toBuffer()
    : picture.avif({ quality: 65, effort: 1 }).toBuffer()
}
