// npm run bench:objects [-- --small 1000 --large 16 --reads 4 --warm 4 --width 8 --runs 5]
//
// PUT and GET of objects of 10 kB and of 10 MB, against a bare Node server that also sums up every body with MD5 and CRC-64
// and syncs it (support/bare-objects.mjs). The same client asks both, in turns, and drops what it reads. So many objects are
// written in each run, and each is read so many times. Told are objects per second and the ratio, ours to the bare server's:
// each of our runs is compared with the one of the bare server beside it, and the middle of these ratios counts (the least
// and the greatest stand behind it). The bounds are 0.5 for small objects and 0.85 for large ones. Beside it stands the
// processor time of an object, which other programs on the machine change less.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { median, option, rounded } from './support/figures.mjs'
import { processorMs } from './support/processor-time.mjs'
import { bucket, inParallel, region, startServer } from './support/server.mjs'

const width = option('width', 8)
const runs = option('runs', 5)
const reads = option('reads', 4)
const warm = option('warm', 4)
const sizes = [
  { name: '10 kB', bytes: 10_000, count: option('small', 1000), warm, bound: 0.5 },
  { name: '10 MB', bytes: 10_000_000, count: option('large', 16), warm: 1, bound: 0.85 },
]

const folder = await mkdtemp(join(tmpdir(), 'pixmill-bench-objects-'))
const child = spawn(
  process.execPath,
  [fileURLToPath(new URL('support/bare-objects.mjs', import.meta.url)), join(folder, 'bare')],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
const [port] = await once(createInterface({ input: child.stdout }), 'line')
const server = await startServer({ folder })

const agent = new Agent({ keepAlive: true, maxSockets: width })

/** Sends to one of the two and reads the answer to its end, without keeping it. */
function asker(url, host) {
  const { hostname, port: to } = new URL(url)
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { host, ...(body === undefined ? {} : { 'content-length': body.length }) }
      const sent = request({ hostname, port: to, method, path, headers, agent }, (response) => {
        let size = 0
        response.on('data', (piece) => {
          size += piece.length
        })
        response.on('end', () => {
          if (response.statusCode === 200) resolve(size)
          else reject(new Error(`${method} ${path}: ${response.statusCode}`))
        })
      })
      sent.on('error', reject)
      sent.end(body)
    })
}
const both = {
  ours: { ask: asker(server.url, `${bucket}.cos.${region}.pixmill.test`), pid: server.pid },
  bare: { ask: asker(`http://127.0.0.1:${port}`, '127.0.0.1'), pid: child.pid },
}

const measured = async ({ ask, pid }, method, { bytes, count }, body) => {
  const asked = method === 'PUT' ? count : count * reads
  const begun = performance.now()
  const usedBefore = processorMs(pid)
  await inParallel(Array(asked).fill(0), width, async (_item, index) => {
    const size = await ask(method, `/${bytes}-${index % count}.bin`, method === 'PUT' ? body : undefined)
    if (method === 'GET' && size !== bytes) throw new Error(`${size} bytes came, expected ${bytes}`)
  })
  return { rate: asked / ((performance.now() - begun) / 1000), usedMs: (processorMs(pid) - usedBefore) / asked }
}

try {
  for (const kind of sizes) {
    const body = Buffer.alloc(kind.bytes, 'pixmill ')
    for (const method of ['PUT', 'GET']) {
      const runsOf = { ours: [], bare: [] }
      // The first of each are slow, and count for nothing: uploads are compiled until some thousand have come.
      const unmeasured = method === 'PUT' ? kind.warm : 1
      for (let run = 0; run < unmeasured + runs; run += 1) {
        for (const name of run % 2 === 0 ? ['ours', 'bare'] : ['bare', 'ours']) {
          const one = await measured(both[name], method, kind, body)
          if (run >= unmeasured) runsOf[name].push(one)
        }
      }
      const medianOf = (name, figure) => median(runsOf[name].map((one) => one[figure]))
      const ratios = runsOf.ours.map((one, run) => one.rate / runsOf.bare[run].rate)
      const [ours, bare] = [medianOf('ours', 'rate'), medianOf('bare', 'rate')]
      const [oursMs, bareMs] = [medianOf('ours', 'usedMs'), medianOf('bare', 'usedMs')]
      console.log(
        `${method} ${kind.name}: ${rounded(median(ratios), 2)} of the bare server (${rounded(Math.min(...ratios), 2)} to ${rounded(Math.max(...ratios), 2)}; ${rounded(ours)}/s against ${rounded(bare)}/s), bound ${kind.bound}; by processor time ${rounded(bareMs / oursMs, 2)} (${rounded(oursMs, 2)} ms against ${rounded(bareMs, 2)}); median of ${runs} runs of ${method === 'PUT' ? kind.count : kind.count * reads} at ${width} connections`,
      )
    }
  }
} finally {
  agent.destroy()
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}
