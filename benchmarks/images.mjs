// npm run bench:images [-- --formats jpeg,png,webp,avif --seconds 1.5 --rounds 5 --connections 2 --sharp 1]
//
// Pictures on request, 2040×1356 → 512 wide in the format of the source, at two connections: requests per second and
// latency of this server, beside
//
// - the bare loop: the same engine program, as many processes, and as many pictures in flight as there are connections,
//   reading a file, writing, syncing and renaming, with nothing around it;
// - ipx over HTTP, one process whose sharp uses as many threads, with the same settings of the encoders;
// - with --sharp 1, for information, sharp with nothing around it: as many processes as connections, reading a file and
//   writing one that is not synced, without our engine's look at the header, its limits and its other user.
//
// All are warm before they are measured. Then they take short turns, in another order each round, and the ratio is the
// median of those of the rounds: what else the machine does falls on all alike.
//
// Every picture is made: of distinct ones, with a rule that no request before had. (frame/N picks a frame of an animation
// and does nothing to a still picture, but it makes another rule.) ipx keeps no results.
//
// Then one picture again and again, out of the cache, in turns with a bare Node server that answers as many bytes: its
// slowest answers are those of the client and the machine.
//
// Beside the clock the processor time of a picture, of the server with its engines, of ipx, and of the loop with its engines:
// what other programs on the machine do changes it less. The client that asks runs on the same machine; its time is
// told apart, and against both servers in figures by the clock.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { startBareAnswers } from './support/bare-answers.mjs'
import { startBareLoop } from './support/bare-loop.mjs'
import { startBareSharp } from './support/bare-sharp.mjs'
import { median, option, percentile, rounded } from './support/figures.mjs'
import { HttpAsker } from './support/http-asker.mjs'
import { startIpx } from './support/ipx.mjs'
import { photographs } from './support/pictures.mjs'
import { processorMs } from './support/processor-time.mjs'
import { bucket, inParallel, region, startServer } from './support/server.mjs'

const seconds = option('seconds', 1.5)
const rounds = option('rounds', 5)
const connections = option('connections', 2)
const count = option('pictures', 16)
const mostWarm = option('warm', Number.POSITIVE_INFINITY)
const formatsAt = process.argv.indexOf('--formats')
const formats = formatsAt < 0 ? ['jpeg', 'png', 'webp', 'avif'] : process.argv[formatsAt + 1].split(',')
const width = 512

/**
 * What the server encodes with: the quality of a JPEG is that of its source, others have a default. `warm`: pictures
 * that each side makes before it is measured; the first format also has V8 compile what all use. `turns`: so many
 * times as long as others, where a picture takes long.
 */
const settings = {
  jpeg: { extension: 'jpg', options: { quality: 80 }, ipx: 'f_jpeg,q_80', bound: 0.95, warm: 1_500, turns: 1 },
  png: { extension: 'png', options: { compressionLevel: 6 }, ipx: 'f_png', bound: 0.93, warm: 60, turns: 2 },
  webp: { extension: 'webp', options: { quality: 80 }, ipx: 'f_webp,q_80', bound: 0.93, warm: 50, turns: 2 },
  avif: { extension: 'avif', options: { quality: 60, effort: 4 }, ipx: 'f_avif,q_60', bound: 0.93, warm: 8, turns: 5 },
}
for (const format of formats) {
  if (settings[format] === undefined) throw new Error(`--formats has ${format}, expected of ${Object.keys(settings)}`)
}

const folder = await mkdtemp(join(tmpdir(), 'pixmill-bench-images-'))
// The engines of the bare loop, which run as another user, read here too.
await chmod(folder, 0o755)
const bucketHost = `${bucket}.cos.${region}.pixmill.test`
const stops = []
/** What is started stops in the end, whatever happens meanwhile. */
const started = async (start) => {
  const one = await start
  stops.push(() => one.stop())
  return one
}
try {
  const server = await started(startServer())
  const ipx = await started(startIpx(folder))
  const bareLoop = await started(startBareLoop({ pictures: 'realtime' }))
  const bareSharp = option('sharp', 0) === 1 ? await started(startBareSharp(connections)) : null
  const jpegs = await photographs(count)
  for (const format of formats) await compare(format, jpegs, { server, ipx, bareLoop, bareSharp })
  await cachedHits(jpegs[0], server)
} finally {
  await Promise.all(stops.map((stop) => stop()))
  await rm(folder, { recursive: true, force: true })
}

async function compare(format, jpegs, { server, ipx, bareLoop, bareSharp }) {
  const { extension, options, ipx: modifiers, bound, warm, turns } = settings[format]
  const names = jpegs.map((_jpeg, index) => `${index}.${extension}`)
  await inParallel(jpegs, 2, async (jpeg, index) => {
    const bytes = format === 'jpeg' ? jpeg : await sourceIn(format, jpeg)
    await writeFile(join(folder, names[index]), bytes)
    await server.cos('PUT', `/${names[index]}`, bytes)
  })
  const nameAt = (index) => names[index % names.length]
  let rules = 0
  const nextRule = () => `imageMogr2/thumbnail/${width}x/frame/${++rules}`
  const elsewhere = () => processorMs(server.pid) + processorMs(ipx.pid)
  const ways = {
    pixmill: {
      ...overHttp(server.url, (index) => `/${nameAt(index)}?${nextRule()}`, bucketHost),
      usedMs: () => processorMs(server.pid),
    },
    'bare loop': {
      one: (index) => bareLoop.make(join(folder, nameAt(index)), nextRule()),
      // What it does here is its own.
      usedMs: () => processorMs(process.pid) - elsewhere(),
    },
    ipx: {
      ...overHttp(ipx.url, (index) => `/w_${width},${modifiers}/${nameAt(index)}`),
      usedMs: () => processorMs(ipx.pid),
    },
  }
  if (bareSharp !== null) {
    ways['bare sharp'] = {
      one: (index) => bareSharp.make({ source: join(folder, nameAt(index)), width, format, options }),
      // Its processes belong to this one, whose own work is none of theirs.
      usedMs: () => processorMs(process.pid) - ownMs() - elsewhere(),
    }
  }
  const measured = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
  for (const { one } of Object.values(ways)) await until(one, { count: Math.min(warm, mostWarm) })
  for (let round = 0; round < rounds; round += 1) {
    for (const name of turned(Object.keys(ways), round)) {
      measured[name].push(await measure(ways[name], { seconds: seconds * turns }))
    }
  }
  for (const { close } of Object.values(ways)) close?.()
  const others = Object.keys(ways).filter((name) => name !== 'pixmill')
  const ratios = (perRound) => others.map((name) => `${rounded(median(perRound(name)), 3)} of ${name}`).join(', ')
  const byClock = (name) => measured.pixmill.map(({ perSecond }, round) => perSecond / measured[name][round].perSecond)
  const byProcessor = (name) => [used(measured[name]) / used(measured.pixmill)]
  console.log(
    `${format}: ${ratios(byClock)} (bounds ${bound} of the bare loop, 1 of ipx); by processor time ${ratios(byProcessor)}`,
  )
  for (const name of Object.keys(ways)) tell(name, measured[name], 'picture')
}

async function cachedHits(jpeg, server) {
  await server.cos('PUT', '/hit.jpg', jpeg)
  const path = `/hit.jpg?imageMogr2/thumbnail/${width}x`
  const asker = new HttpAsker(server.url)
  const bytes = await asker.get(path, bucketHost)
  asker.close()
  const bare = await started(startBareAnswers(bytes))
  const ways = {
    'cached hits': { ...overHttp(server.url, () => path, bucketHost), usedMs: () => processorMs(server.pid) },
    'bare server': { ...overHttp(bare.url, () => '/'), usedMs: () => processorMs(bare.pid) },
  }
  const measured = { 'cached hits': [], 'bare server': [] }
  for (const { one } of Object.values(ways)) await until(one, { count: Math.min(3_000, mostWarm) })
  for (let round = 0; round < rounds; round += 1) {
    for (const name of turned(Object.keys(ways), round)) measured[name].push(await measure(ways[name], { seconds }))
  }
  for (const { close } of Object.values(ways)) close()
  const latencies = measured['cached hits'].flatMap((turn) => turn.latencies)
  console.log(
    `cached hits: p99 ${rounded(percentile(latencies, 99), 2)} ms (bound 5) at ${connections} connections, answers of ${bytes} bytes`,
  )
  for (const name of Object.keys(ways)) tell(name, measured[name], 'request', 2)
}

/** Asks a server over as many connections as are asked at a time. */
function overHttp(url, pathAt, host) {
  const free = Array.from({ length: connections }, () => new HttpAsker(url))
  return {
    isAsked: true,
    async one(index) {
      const asker = free.pop()
      try {
        await asker.get(pathAt(index), host)
      } finally {
        free.push(asker)
      }
    },
    close() {
      for (const asker of free) asker.close()
    },
  }
}

async function measure({ one, usedMs, isAsked = false }, length) {
  const usedBefore = usedMs()
  const ownBefore = ownMs()
  const turn = await until(one, length)
  return { ...turn, usedMs: usedMs() - usedBefore, clientMs: isAsked ? ownMs() - ownBefore : 0 }
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

/** Processor time of one, over all turns. */
function used(turns, of = 'usedMs') {
  const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)
  return sum(turns.map((turn) => turn[of])) / sum(turns.map(({ latencies }) => latencies.length))
}

function tell(name, turns, unit, digits = 1) {
  const latencies = turns.flatMap((turn) => turn.latencies)
  const figures = [
    `${rounded(median(turns.map(({ perSecond }) => perSecond)))}/s`,
    `p50 ${rounded(median(latencies), digits)} ms`,
    `p99 ${rounded(percentile(latencies, 99), digits)} ms`,
    `processor ${rounded(used(turns), 2)} ms a ${unit}`,
  ]
  const client = used(turns, 'clientMs')
  if (client > 0) figures.push(`the client's ${rounded(client, 2)}`)
  console.log(`  ${name.padEnd(11)} ${figures.join(', ')}`)
}

/** The same in another order: begun so much further on. */
function turned(items, by) {
  return items.map((_item, index) => items[(index + by) % items.length])
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
