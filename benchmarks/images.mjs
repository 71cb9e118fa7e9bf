// npm run bench:images [-- --seconds 10 --runs 5 --formats jpeg,png,webp,avif --connections 2]
//
// Pictures on request, 2040×1356 → 512 wide in the format of the source, at two connections: requests per second and
// latency of this server, beside ipx over HTTP and beside sharp with nothing around it (as many processes as connections,
// reading a file, writing a file), all with the same encoder settings. The three take turns, and the median of each is
// compared; each is warm before it is measured.
//
// Every picture is made: of two dozen distinct ones, with a rule that no request before had. (frame/N picks a frame of an
// animation and does nothing to a still picture, but it makes another rule.) ipx keeps no results.
//
// Then one picture again and again, out of the cache.
//
// Beside the clock the processor time of a picture, of the server with its engines, of ipx, and of the bare loop: what
// other programs on the machine do changes it less. The client that asks runs on the same machine, and its time is in neither.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
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
const agent = new Agent({ keepAlive: true, maxSockets: connections })
const stops = []
let server
let ipx
let bare
try {
  server = await startServer()
  stops.push(() => server.stop())
  ipx = await startIpx(folder)
  stops.push(() => ipx.stop())
  bare = await startBareSharp(connections)
  stops.push(() => bare.stop())
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
  const ways = {
    pixmill: {
      pid: server.pid,
      one: (index) => ask(`${server.url}/${nameAt(index)}?imageMogr2/thumbnail/${width}x/frame/${++rules}`),
    },
    ipx: { pid: ipx.pid, one: (index) => ask(`${ipx.url}/w_${width},${modifiers}/${nameAt(index)}`) },
    'bare sharp': {
      pid: process.pid,
      one: (index) => bare.make({ source: join(folder, nameAt(index)), width, format, options }),
    },
  }
  const measured = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (const { one } of Object.values(ways)) await until(one, { count: warm })
  for (let run = 0; run < runs; run += 1) {
    for (const [name, { pid, one }] of Object.entries(ways)) {
      // The bare loop's processes belong to this one, whose own work is none of theirs; see `ownMs`.
      const usedBefore = usedMs(pid)
      const result = await until(one, { seconds })
      measured[name].push({ ...result, usedMs: (usedMs(pid) - usedBefore) / result.latencies.length })
    }
  }
  const perSecond = (name) => median(measured[name].map((run) => run.perSecond))
  const ratio = perSecond('pixmill') / perSecond('bare sharp')
  const used = (name) => median(measured[name].map((run) => run.usedMs))
  console.log(
    `${format}: ${rounded(ratio, 3)} of bare sharp (bound ${bound}), ${rounded(perSecond('pixmill') / perSecond('ipx'), 2)} times ipx; by processor time ${rounded(used('bare sharp') / used('pixmill'), 3)} and ${rounded(used('ipx') / used('pixmill'), 2)}`,
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
    request.on('error', reject)
  })
}

/** Of a process and all below it; of this one only what is below it, without the servers. */
function usedMs(pid) {
  if (pid !== process.pid) return processorMs(pid)
  return processorMs(pid) - ownMs() - processorMs(server.pid) - processorMs(ipx.pid)
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
