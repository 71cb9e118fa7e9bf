import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import querystring from 'node:querystring'
import { setTimeout as wait } from 'node:timers/promises'
import { readToldEvent, type ToldEvent } from './told-event.ts'

/** No callback is nearly as large. */
const MAX_BODY_BYTES = 1024 * 1024
/** Of so many events it is remembered how often they came. */
const REMEMBERED = 10_000
/** A program that is forwarded to and says nothing for that long has not answered; the sender gives up sooner. */
const FORWARD_MS = 30_000

/** A callback, and what became of it. */
export interface Heard {
  readonly at: Date
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
  /** `null` when the body is no event; `problem` says why. */
  readonly event: ToldEvent | null
  /** Whether the signature is right; `null` when it was not looked at. */
  readonly isVerified: boolean | null
  /** Why it was refused; `null` when it was not. */
  readonly problem: string | null
  /** The `webhook-id`; `null` when there is none. */
  readonly id: string | null
  /** How often this event has come, this time counted. */
  readonly times: number
  /** What the program answered that it was forwarded to, or why it did not; `null` when it was not forwarded. */
  readonly forwarded: { readonly status: number } | { readonly error: string } | null
  /** What the sender was answered. */
  readonly status: number
  readonly durationMs: number
}

export interface ListenerOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Why a request is not believed; `null` when it is. Absent: every one is. */
  readonly refusal?: (headers: IncomingMessage['headers'], body: Buffer) => Promise<string | null>
  readonly forwardTo: URL | null
  /** What to answer when all is well: 2xx, or whatever the listener was told. */
  readonly nextStatus: () => number
  readonly delayMs: number
  readonly onHeard: (heard: Heard) => void
}

export interface Listener {
  readonly url: string
  stop(): Promise<void>
}

/** A receiver that shows what it gets, and answers as it was told. @throws what the system says of the address */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const comings = new Map<string, number>()
  const server = createServer((request, response) => {
    const begunAt = performance.now()
    const ended = new AbortController()
    response.once('close', () => ended.abort())
    void take(request, options, comings, ended.signal).then(
      ({ answer, ...heard }) => {
        options.onHeard({ ...heard, status: answer.status, durationMs: Math.round(performance.now() - begunAt) })
        response.writeHead(answer.status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${answer.text}\n`)
      },
      // The sender has gone; nobody waits for an answer.
      () => response.destroy(),
    )
  })
  server.listen(options.port, options.host)
  await once(server, 'listening')
  return { url: urlOf(server), stop: () => stop(server) }
}

type Taken = Omit<Heard, 'status' | 'durationMs'> & {
  readonly answer: { readonly status: number; readonly text: string }
}

async function take(
  request: IncomingMessage,
  { refusal, forwardTo, nextStatus, delayMs }: ListenerOptions,
  comings: Map<string, number>,
  signal: AbortSignal,
): Promise<Taken> {
  const at = new Date()
  const { method = '', url: path = '', headers } = request
  const body = await bodyOf(request)
  const given = headers['webhook-id']
  const id = typeof given === 'string' ? given : null
  const seen = { at, method, path, headers, body: body ?? Buffer.alloc(0), id, event: null, forwarded: null, times: 1 }
  const refuse = (status: number, problem: string, isVerified: boolean | null): Taken => ({
    ...seen,
    isVerified,
    problem,
    answer: { status, text: problem },
  })
  if (method !== 'POST') return refuse(405, `the method is ${method}, expected POST`, null)
  if (body === null) return refuse(413, `the body is longer than ${MAX_BODY_BYTES} bytes`, null)

  const why = refusal === undefined ? null : await refusal(headers, body)
  if (why !== null) return refuse(401, `not verified: ${why}`, false)
  const isVerified = refusal === undefined ? null : true
  let event: ToldEvent
  try {
    event = readToldEvent(body)
  } catch (error) {
    return refuse(400, `the body is no event: ${(error as Error).message}`, isVerified)
  }

  const times = count(comings, id ?? `${event.name} ${event.name === 'TaskFinish' ? event.jobId : event.runId}`)
  const status = nextStatus()
  if (delayMs > 0) await wait(delayMs, undefined, { signal })
  // What fails on purpose fails before the program behind has seen it.
  const isOk = status >= 200 && status < 300
  const forwarded = forwardTo !== null && isOk ? await forward(forwardTo, headers, body, signal) : null
  const answered = forwarded === null ? status : 'status' in forwarded ? forwarded.status : 502
  const text = answered === status ? (isOk ? 'ok' : 'failed on purpose') : 'as the program behind answered'
  return { ...seen, event, isVerified, problem: null, times, forwarded, answer: { status: answered, text } }
}

/** `null` when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length
    // Read to its end, so that the sender hears the answer; kept no further.
    if (size <= MAX_BODY_BYTES) pieces.push(piece)
  }
  return size <= MAX_BODY_BYTES ? Buffer.concat(pieces) : null
}

function count(comings: Map<string, number>, key: string): number {
  const times = (comings.get(key) ?? 0) + 1
  comings.delete(key)
  comings.set(key, times)
  if (comings.size > REMEMBERED) comings.delete(comings.keys().next().value!)
  return times
}

/** The very bytes and headers that a receiver would have got itself, so that it can verify them. */
async function forward(
  to: URL,
  headers: IncomingMessage['headers'],
  body: Buffer,
  ended: AbortSignal,
): Promise<{ readonly status: number } | { readonly error: string }> {
  const passed = new Headers(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' && !OF_THE_CONNECTION.has(name) ? [[name, value]] : [],
    ),
  )
  // As the server does it with an address like that; fetch refuses it, and would repeat it with its password.
  const { origin, pathname, search, username, password } = to
  if (username !== '' || password !== '') {
    const pair = `${querystring.unescape(username)}:${querystring.unescape(password)}`
    passed.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`)
  }
  try {
    const response = await fetch(origin + pathname + search, {
      method: 'POST',
      headers: passed,
      body: new Uint8Array(body),
      redirect: 'manual',
      signal: AbortSignal.any([ended, AbortSignal.timeout(FORWARD_MS)]),
    })
    await response.body?.cancel()
    return { status: response.status }
  } catch (error) {
    const { cause, message } = error as Error
    return { error: cause instanceof Error && cause.message !== '' ? cause.message : message }
  }
}

/** What belongs to one connection, and not to the request that came over it. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
])

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

async function stop(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
