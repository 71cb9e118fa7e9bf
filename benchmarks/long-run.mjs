// npm run bench:long-run [-- --jobs 20000 --bytes 1073741824]
//
// Does memory stay flat? Many jobs, from submit to callback, and one large object up and down, with the resident size
// of the server and of its engines beside them. Flat means: over the second half, a line through all the measures rises
// by less than a twentieth of their mean. Linux only.
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { median, option, rounded } from './support/figures.mjs'
import { photographs } from './support/pictures.mjs'
import { residentMiB, slope } from './support/resident.mjs'
import { bucket, inParallel, jobXml, region, startServer } from './support/server.mjs'
import { startReceiver } from './support/start-receiver.mjs'

const jobs = option('jobs', 20_000)
const bytes = option('bytes', 1024 ** 3)
const batch = 200

const server = await startServer()
const receiver = await startReceiver()
const pictures = await photographs(8, 1_020, 678)
try {
  for (const [index, picture] of pictures.entries()) await server.cos('PUT', `/in/${index}.jpg`, picture)
  await manyJobs()
  await largeObject()
} finally {
  receiver.stop()
  await server.stop()
}

async function manyJobs() {
  const measures = []
  const begun = performance.now()
  for (let done = 0; done < jobs; ) {
    const size = Math.min(batch, jobs - done)
    const told = receiver.all(size)
    await inParallel(Array(size).fill(0), 16, async (_item, index) => {
      const number = done + index
      // A third without an output of its own, so that results are overwritten and their blobs have to go.
      const output = number % 3 === 0 ? 'out/same.jpg' : `out/${number}.jpg`
      const input = `in/${number % pictures.length}.jpg`
      const rule = `imageMogr2/thumbnail/${200 + (number % 50)}x`
      const { status, text } = await server.ci(
        'POST',
        '/jobs',
        jobXml({ input, rule, output, callback: receiver.url, isPicInfo: number % 2 === 0 }),
      )
      if (status !== 200) throw new Error(`job ${number} was answered ${status}: ${text}`)
    })
    await told
    done += size
    measures.push({ at: done, ...residentMiB(server.pid) })
  }
  const seconds = (performance.now() - begun) / 1000
  console.log(`${jobs} jobs in ${rounded(seconds, 0)} s, ${rounded(jobs / seconds)} per second; resident MiB:`)
  const step = Math.max(1, Math.floor(measures.length / 12))
  for (const [index, { at, server: own, engines }] of measures.entries()) {
    if (index % step === 0 || index === measures.length - 1)
      console.log(`  ${String(at).padStart(7)} jobs  server ${rounded(own, 0)}  engines ${rounded(engines, 0)}`)
  }
  const later = measures.slice(Math.floor(measures.length / 2))
  for (const who of ['server', 'engines']) {
    const rise = slope(later.map((measure) => [measure.at, measure[who]]))
    const whole = rise * (later.at(-1).at - later[0].at)
    const typical = median(later.map((measure) => measure[who]))
    console.log(
      `  ${who}: ${rounded(typical, 0)} MiB, ${rounded(rise * 1000, 2)} MiB per 1000 jobs over the second half (${rounded(whole)} MiB in all): ${whole < typical / 20 ? 'flat' : 'NOT FLAT'}`,
    )
  }
}

/** Up and down again in pieces of 1 MiB, as fast as the server takes and gives them. */
async function largeObject() {
  const before = residentMiB(server.pid).server
  let highest = before
  const timer = setInterval(() => {
    highest = Math.max(highest, residentMiB(server.pid).server)
  }, 50)
  const host = `${bucket}.cos.${region}.pixmill.test`
  const piece = Buffer.alloc(1024 ** 2, 'a piece of something large, ')
  const sum = createHash('md5')
  const upBegun = performance.now()
  await new Promise((resolve, reject) => {
    const headers = { host, 'content-length': bytes }
    const sent = request(`${server.url}/large.bin`, { method: 'PUT', headers, setHost: false }, (response) => {
      response.resume()
      if (response.statusCode === 200) response.on('end', resolve)
      else reject(new Error(`PUT was answered ${response.statusCode}`))
    })
    sent.on('error', reject)
    let left = bytes
    const write = () => {
      while (left > 0) {
        const next = piece.subarray(0, Math.min(left, piece.length))
        left -= next.length
        sum.update(next)
        if (!sent.write(next)) return void sent.once('drain', write)
      }
      sent.end()
    }
    write()
  })
  const upSeconds = (performance.now() - upBegun) / 1000
  const highestUp = highest
  highest = residentMiB(server.pid).server
  const back = createHash('md5')
  const downBegun = performance.now()
  await new Promise((resolve, reject) => {
    request(`${server.url}/large.bin`, { headers: { host }, setHost: false }, (response) => {
      response.on('data', (part) => back.update(part))
      response.on('end', resolve)
      response.on('error', reject)
    })
      .on('error', reject)
      .end()
  })
  const downSeconds = (performance.now() - downBegun) / 1000
  clearInterval(timer)
  const mebibytes = bytes / 1024 ** 2
  const same = sum.digest('hex') === back.digest('hex') ? 'the same bytes' : 'OTHER BYTES'
  console.log(
    `an object of ${rounded(mebibytes, 0)} MiB: up at ${rounded(mebibytes / upSeconds, 0)} MiB/s, down at ${rounded(mebibytes / downSeconds, 0)} MiB/s, ${same}; server ${rounded(before, 0)} MiB before, at most ${rounded(highestUp, 0)} while it came, ${rounded(highest, 0)} while it went, ${rounded(residentMiB(server.pid).server, 0)} after`,
  )
}
