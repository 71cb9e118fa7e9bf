import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { webhookRefusal } from '../../callbacks/index.ts'
import { readXml } from '../../wire/index.ts'
import { DemoFailure, messageOf } from './demo-failure.ts'

/** No callback is nearly as large; whoever sends more is not our server. */
const MAX_BODY_BYTES = 1024 * 1024

/** One callback, its signature found right. */
export interface DemoCallback {
  readonly jobId: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Of `performance.now()`. */
  readonly receivedAt: number
}

/** The program that gets the callbacks: checks the signature before it reads a word of the body. */
export interface DemoReceiver {
  readonly url: string
  /** The callback of a job, now or when it comes. Rejects when a callback came that cannot be trusted or read. */
  callbackOf(jobId: string): Promise<DemoCallback>
  /** Calls `listener` for each callback from now on. */
  onCallback(listener: (callback: DemoCallback) => void): void
  stop(): Promise<void>
}

export async function startDemoReceiver(webhookSecret: string): Promise<DemoReceiver> {
  const arrived = new Map<string, DemoCallback>()
  const listeners = new Set<(callback: DemoCallback) => void>()
  let fail: (failure: DemoFailure) => void = () => {}
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject
  })
  failed.catch(() => {})

  const take = async (request: IncomingMessage): Promise<number> => {
    const body = await bodyOf(request)
    const refusal = webhookRefusal({ headers: request.headers, body }, { secrets: [webhookSecret], nowMs: Date.now() })
    if (refusal !== null) {
      fail(new DemoFailure(`A callback came whose signature is not right: ${refusal}.`))
      return 401
    }
    const callback = {
      jobId: jobIdOf(request.headers, body),
      headers: request.headers,
      body: body.toString('utf8'),
      receivedAt: performance.now(),
    }
    // A delivery is made at least once: the same webhook-id may come again, and is the same event.
    arrived.set(callback.jobId, callback)
    for (const tell of listeners) tell(callback)
    return 204
  }
  const server = createServer((request, response) => {
    take(request).then(
      (status) => response.writeHead(status).end(),
      (error: unknown) => {
        fail(new DemoFailure(`A callback came that cannot be read: ${messageOf(error)}.`, { cause: error }))
        response.writeHead(400).end()
      },
    )
  })
  try {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  } catch (error) {
    throw new DemoFailure(`The receiver could not listen on 127.0.0.1: ${messageOf(error)}`, { cause: error })
  }
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/callbacks`,
    callbackOf: (jobId) => {
      const here = arrived.get(jobId)
      if (here !== undefined) return Promise.resolve(here)
      const comes = new Promise<DemoCallback>((resolve) => {
        const look = (callback: DemoCallback): void => {
          if (callback.jobId !== jobId) return
          listeners.delete(look)
          resolve(callback)
        }
        listeners.add(look)
      })
      return Promise.race([comes, failed])
    },
    onCallback: (listener) => void listeners.add(listener),
    stop: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > MAX_BODY_BYTES) throw new Error(`its body is longer than ${MAX_BODY_BYTES} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function jobIdOf(headers: IncomingHttpHeaders, body: Buffer): string {
  const type = headers['content-type']
  const jobId = type === 'application/json' ? jobIdOfJson(body) : type === 'application/xml' ? jobIdOfXml(body) : null
  if (typeof jobId !== 'string') throw new Error(`there is no JobId in its body of type ${type ?? '(none)'}`)
  return jobId
}

function jobIdOfJson(body: Buffer): unknown {
  const { JobsDetail } = JSON.parse(body.toString('utf8')) as { JobsDetail?: readonly { JobId?: unknown }[] }
  return JobsDetail?.[0]?.JobId
}

function jobIdOfXml(body: Buffer): unknown {
  const detail = readXml(body).children.find((child) => child.name === 'JobsDetail')
  return detail?.children.find((child) => child.name === 'JobId')?.text
}
