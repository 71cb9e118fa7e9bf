import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readXml, type XmlElement } from '../../src/wire/index.ts'
import { type Answer, bucket, type Call, find, jobXml, region, secretId, secretKey, send } from '../support/house.ts'
import { runPixmill } from '../support/program.ts'
import { startReceiver } from '../support/receiver.ts'
import { MemoryWatch, memoryBound } from './process-group.ts'

export interface ServedOptions {
  readonly engines?: number
  readonly engineMemoryBytes?: number
  readonly environment?: Record<string, string>
}

export interface Outcome {
  readonly state: string
  /** `Success`, or what the failure is called. */
  readonly code: string
  readonly message: string
  readonly detail: XmlElement
}

/**
 * The real server in a process of its own, so that its memory and that of its engines can be told from the test's. Ends
 * of jobs are heard from their callbacks.
 */
export interface Served {
  put(key: string, body: Uint8Array): Promise<void>
  get(key: string): Promise<Answer>
  /** Submits a job that describes its source, and waits for its callback. */
  outcome(job: { input: string; rule: string; output: string; isPicInfo?: boolean }): Promise<Outcome>
  /** What the log says of engines that ended and were not asked to. */
  readonly engineDeaths: readonly string[]
  readonly memory: MemoryWatch
  readonly memoryBoundBytes: number
  close(): Promise<void>
}

export async function startServed(options: ServedOptions = {}): Promise<Served> {
  const { engines = 2, engineMemoryBytes = 512 * 1024 * 1024 } = options
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-hostile-'))
  const receiver = await startReceiver()
  const run = runPixmill(['serve', '--port', '0', '--data-dir', join(folder, 'data')], {
    PIXMILL_SECRET_ID: secretId,
    PIXMILL_SECRET_KEY: secretKey,
    PIXMILL_BUCKETS: `${bucket}@${region}`,
    PIXMILL_LOG_LEVEL: 'warn',
    PIXMILL_ENGINES: `${engines}`,
    PIXMILL_ENGINE_MEMORY: `${engineMemoryBytes}`,
    ...options.environment,
  })
  const engineDeaths: string[] = []
  let unread = ''
  run.child.stderr?.on('data', (text: string) => {
    const lines = (unread + text).split('\n')
    unread = lines.pop() ?? ''
    engineDeaths.push(...lines.filter((line) => line.includes('engine ended unasked')))
  })
  const url = (await run.outputMatches(/listening on (http:\S+)/))[1]!
  const memory = new MemoryWatch(run.child.pid!)

  const events = new Map<string, XmlElement>()
  const waiting = new Map<string, (detail: XmlElement) => void>()
  const listening = new AbortController()
  const listen = async (): Promise<void> => {
    for (let index = 0; !listening.signal.aborted; index += 1) {
      const { body } = await receiver.nth(index)
      const detail = find(readXml(body), 'JobsDetail')!
      const jobId = find(detail, 'JobId')!.text
      const tell = waiting.get(jobId)
      waiting.delete(jobId)
      if (tell === undefined) events.set(jobId, detail)
      else tell(detail)
    }
  }
  void listen()

  const call = async (kind: 'cos' | 'ci', one: Call): Promise<Answer> => {
    const answer = await send(url, `${bucket}.${kind}.${region}.pixmill.test`, one)
    if (answer.status !== 200) throw new Error(`${one.method ?? 'GET'} ${one.target}: ${answer.status} ${answer.text}`)
    return answer
  }
  return {
    engineDeaths,
    memory,
    memoryBoundBytes: memoryBound({ engines, engineMemoryBytes }),
    async put(key, body) {
      await call('cos', { method: 'PUT', target: `/${key}`, body })
    },
    get: (key) => call('cos', { target: `/${key}` }),
    async outcome({ isPicInfo = true, ...job }) {
      const xml = jobXml({ ...job, isPicInfo: `${isPicInfo}`, callback: `${receiver.url}/` })
      const answer = await call('ci', { method: 'POST', target: '/jobs', body: xml })
      const jobId = find(answer.xml(), 'JobsDetail/JobId')!.text
      const detail = await new Promise<XmlElement>((resolve) => {
        const early = events.get(jobId)
        events.delete(jobId)
        if (early === undefined) waiting.set(jobId, resolve)
        else resolve(early)
      })
      const text = (name: string): string => find(detail, name)?.text ?? ''
      return { state: text('State'), code: text('Code'), message: text('Message'), detail }
    },
    async close() {
      memory.stop()
      listening.abort()
      run.child.kill('SIGTERM')
      await run.ended
      await receiver.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
