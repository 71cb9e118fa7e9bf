import type { IncomingHttpHeaders } from 'node:http'

import { type Connection, Connections } from './connections.ts'
import { type GuardedConnectorOptions, guardedConnectors } from './guarded-connector.ts'
import { type LookUpName, NameLookup } from './name-lookup.ts'
import type { TargetUrl } from './target-url.ts'

export interface OutboundRequest {
  readonly method: 'POST'
  readonly target: TargetUrl
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface OutboundAnswer {
  /** The address that was dialled last, when one was. */
  readonly address: string | null
  /** Whether a connection stood. */
  readonly reached: boolean
  /** `null` when no complete head of an answer came. */
  readonly status: number | null
  /** By lower-case name. */
  readonly headers: IncomingHttpHeaders
  /** The beginning of the body. */
  readonly body: Buffer
  /** Why there is no status; `null` when there is one, even if the body broke off. */
  readonly error: string | null
}

export interface OutboundRequestsOptions extends Omit<GuardedConnectorOptions, 'lookUpName'> {
  /** Who is asked for names. Default: the system. */
  readonly lookUpName?: LookUpName
  /** After which a look-up counts as one that hangs. Default 1 s. */
  readonly lookupPatienceMs?: number
  /** From the first look-up to the last byte of the answer. Default 10 s. */
  readonly totalTimeoutMs?: number
  /** Of an answer's body this much is read; then the connection is closed. Default 64 KiB. */
  readonly maxAnswerBytes?: number
  /** Of an answer's body this much is kept. Default 1 KiB. */
  readonly keepAnswerBytes?: number
}

/**
 * Sends requests to addresses that the guard allows, bounded in time and in how much of the answer is read. Redirects
 * are answers like any other: nothing is followed. Never rejects.
 */
export class OutboundRequests {
  readonly #names: NameLookup
  readonly #connections: Connections
  readonly #totalTimeoutMs: number
  readonly #maxAnswerBytes: number
  readonly #keepAnswerBytes: number

  constructor(options: OutboundRequestsOptions) {
    this.#names = new NameLookup({
      ...(options.lookUpName === undefined ? {} : { ask: options.lookUpName }),
      ...(options.lookupPatienceMs === undefined ? {} : { patienceMs: options.lookupPatienceMs }),
    })
    this.#connections = new Connections({
      connectors: guardedConnectors({ ...options, lookUpName: (name) => this.#names.lookUp(name) }),
    })
    this.#totalTimeoutMs = options.totalTimeoutMs ?? 10_000
    this.#maxAnswerBytes = options.maxAnswerBytes ?? 64 * 1024
    this.#keepAnswerBytes = options.keepAnswerBytes ?? 1024
  }

  async send(request: OutboundRequest, signal: AbortSignal): Promise<OutboundAnswer> {
    if (signal.aborted) return unanswered(null, 'stopped before it was sent')
    const deadline = performance.now() + this.#totalTimeoutMs
    const connection = this.#connections.take(request.target.origin)
    const { used } = connection
    const first = await this.#exchange(request, connection, deadline, signal)
    // A receiver may close an idle connection in the very moment in which it is used again. That says nothing about
    // the receiver, so it is not a failed attempt; whether it had read the request cannot be known, but whoever sends
    // through here promises "at least once" anyway.
    if (used && first.closed) {
      const fresh = this.#connections.take(request.target.origin, { fresh: true })
      return (await this.#exchange(request, fresh, deadline, signal)).answer
    }
    return first.answer
  }

  /** What waits for a name that hangs waits no longer; everything else goes on. */
  stopLookingUp(): Promise<void> {
    return this.#names.stop()
  }

  async close(): Promise<void> {
    this.#names.close()
    await this.#connections.close()
  }

  /** `closed`: the connection ended before anything of an answer came. */
  #exchange(
    request: OutboundRequest,
    connection: Connection,
    deadline: number,
    signal: AbortSignal,
  ): Promise<{ answer: OutboundAnswer; closed: boolean }> {
    return new Promise((resolve) => {
      let status: number | null = null
      let headers: IncomingHttpHeaders = {}
      let read = 0
      let kept = Buffer.alloc(0)
      let over = false

      const end = (failure: Error | null): void => {
        if (over) return
        over = true
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
        const error = status === null ? inWords(failure) : null
        const closed = status === null && isClosed(failure)
        const { address, connected: reached } = connection
        resolve({ answer: { address, reached, status, headers, body: kept, error }, closed })
      }
      const breakOff = (reason: Error): void => {
        end(reason)
        this.#connections.drop(connection, reason)
      }
      const stop = (): void => breakOff(new Error('stopped before an answer came'))
      const timer = setTimeout(
        () => breakOff(new Error(`no complete answer within ${this.#totalTimeoutMs} ms`)),
        Math.max(deadline - performance.now(), 0),
      )
      signal.addEventListener('abort', stop, { once: true })

      const { target, method, body } = request
      try {
        connection.client.dispatch(
          {
            path: target.requestTarget,
            method,
            headers: {
              ...request.headers,
              ...(target.authorization === null || namesAuthorization(request.headers)
                ? {}
                : { Authorization: target.authorization }),
            },
            // A body of known length: undici sets Content-Length and does not chunk.
            body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
          },
          {
            // Nothing to do; undici takes a handler without it for one of its older kind.
            onRequestStart() {},
            onResponseStart(_controller, statusCode, received) {
              // 102 and 103 come before the answer.
              if (statusCode < 200) return
              status = statusCode
              headers = received
            },
            onResponseData: (_controller, chunk) => {
              if (over) return
              read += chunk.length
              if (kept.length < this.#keepAnswerBytes) {
                kept = Buffer.concat([kept, chunk.subarray(0, this.#keepAnswerBytes - kept.length)])
              }
              if (read > this.#maxAnswerBytes) breakOff(new Error('the answer is too long'))
            },
            onResponseEnd: () => {
              if (!over) this.#connections.giveBack(connection)
              end(null)
            },
            onResponseError: (_controller, error) => breakOff(error),
          },
        )
      } catch (error) {
        breakOff(error as Error)
      }
    })
  }
}

/** Who names it beside the address means it to be the one. */
function namesAuthorization(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
}

function unanswered(address: string | null, error: string): OutboundAnswer {
  return { address, reached: false, status: null, headers: {}, body: Buffer.alloc(0), error }
}

const CLOSED = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])

function isClosed(error: Error | null): boolean {
  return CLOSED.has(String((error as NodeJS.ErrnoException | null)?.code))
}

/** Characters. */
const MAX_ERROR_LENGTH = 300

/** What went wrong, for the record of the attempt. */
function inWords(error: Error | null): string {
  if (error === null) return 'the answer has no status'
  // One error for each address of a name; the first was the preferred one.
  const cause = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error
  // How the client says that a status is below 100; its words are about itself.
  if ((cause as NodeJS.ErrnoException).code === 'ERR_ASSERTION') return 'the answer is not HTTP as it should be'
  return (cause.message || String((cause as NodeJS.ErrnoException).code ?? cause.name)).slice(0, MAX_ERROR_LENGTH)
}
