import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The compiled project; benchmarks measure what is released. */
export const dist = fileURLToPath(new URL('../../dist/', import.meta.url))
export const bucket = 'bench-1250000000'
export const region = 'ap-bench'
const cosHost = `${bucket}.cos.${region}.pixmill.test`
const ciHost = `${bucket}.ci.${region}.pixmill.test`

/**
 * The real server as a process of its own, open to everybody so that signing costs the client nothing.
 * `onLog` is given each log line as an object.
 */
export async function startServer({ environment = {}, folder, onLog, execArgv = [] } = {}) {
  const data = folder ?? (await mkdtemp(join(tmpdir(), 'pixmill-bench-')))
  const begun = performance.now()
  const child = spawn(process.execPath, [...execArgv, join(dist, 'cli/pixmill.js'), 'serve'], {
    env: {
      PATH: process.env.PATH,
      PIXMILL_PORT: '0',
      PIXMILL_DATA_DIR: join(data, 'data'),
      PIXMILL_BUCKETS: `${bucket}@${region}`,
      PIXMILL_ANONYMOUS: 'true',
      PIXMILL_LOG_LEVEL: onLog === undefined ? 'warn' : 'debug',
      ...environment,
    },
    stdio: ['ignore', 'pipe', onLog === undefined ? 'inherit' : 'pipe'],
    detached: true,
  })
  if (onLog !== undefined) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.startsWith('{')) onLog(JSON.parse(line))
    })
  }
  let url
  for await (const line of createInterface({ input: child.stdout })) {
    url = /^pixmill listening on (http:\S+)$/.exec(line)?.[1]
    if (url !== undefined) break
  }
  if (url === undefined) throw new Error('the server did not start')
  const client = clientOf(url)
  return {
    url,
    pid: child.pid,
    folder: data,
    startedAfterMs: performance.now() - begun,
    cos: client.cos,
    ci: client.ci,
    async killHard() {
      const ended = once(child, 'exit')
      process.kill(-child.pid, 'SIGKILL')
      await ended
      client.close()
    },
    async stop({ keep = false } = {}) {
      client.close()
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        await ended
      }
      if (!keep) await rm(data, { recursive: true, force: true })
    },
  }
}

/** Calls to the two hosts of the bucket over kept connections. */
export function clientOf(url) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const { hostname, port } = new URL(url)
  const call = (host, method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { host }
      if (body !== undefined) headers['content-length'] = Buffer.byteLength(body)
      const sent = request({ hostname, port, method, path, headers, agent }, (response) => {
        const pieces = []
        response.on('data', (piece) => pieces.push(piece))
        response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(pieces).toString() }))
      })
      sent.on('error', reject)
      sent.end(body)
    })
  return {
    cos: (method, path, body) => call(cosHost, method, path, body),
    ci: (method, path, body) => call(ciHost, method, path, body),
    close: () => agent.destroy(),
  }
}

/** The XML of a job by an inline rule. */
export function jobXml({ input, rule, output, callback, isPicInfo = false }) {
  return `<Request><Tag>PicProcess</Tag><Input><Object>${input}</Object></Input><Operation><PicProcess><IsPicInfo>${isPicInfo}</IsPicInfo><ProcessRule>${rule}</ProcessRule></PicProcess><Output><Region>${region}</Region><Bucket>${bucket}</Bucket><Object>${output}</Object></Output></Operation>${callback === undefined ? '' : `<CallBack>${callback}</CallBack>`}</Request>`
}

/** Runs `work` over the items, so many at a time. */
export async function inParallel(items, width, work) {
  let next = 0
  await Promise.all(
    Array.from({ length: Math.min(width, items.length) }, async () => {
      while (next < items.length) {
        const index = next++
        await work(items[index], index)
      }
    }),
  )
}
