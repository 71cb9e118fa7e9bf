import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { Failure } from '../base/index.ts'
import type { Requester } from '../keys/index.ts'
import { percentEncodeKey } from '../wire/index.ts'
import { howToAddress, type Surface } from './addressing.ts'
import type { Answer } from './answer.ts'
import { type ParsedTarget, parseTarget } from './authentication/index.ts'
import { type AnswerHeaders, type Exchange, MAX_API_BODY_BYTES, type Pour } from './exchange.ts'
import { Query } from './query.ts'
import type { RequestBody } from './request-body.ts'

/** What the frame found out about a request before it opened the exchange. */
export interface ExchangeFacts {
  readonly surface: Surface
  readonly bucket: string | null
  readonly region: string | null
  readonly path: string
  readonly target: ParsedTarget
  readonly host: string
  readonly requester: Requester
}

/** The exchange over Node's own request and response. */
export class HttpExchange implements Exchange {
  readonly method: string
  readonly surface: Surface
  readonly bucket: string | null
  readonly region: string | null
  readonly path: string
  readonly target: ParsedTarget
  readonly query: Query
  readonly headers: IncomingHttpHeaders
  readonly host: string
  readonly requester: Requester
  readonly body: RequestBody
  readonly #parts: ConstructorParameters<typeof HttpExchange>[1]
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #answer: Answer
  #signal: AbortSignal | null = null

  constructor(
    facts: ExchangeFacts,
    parts: { request: IncomingMessage; response: ServerResponse; body: RequestBody; answer: Answer },
  ) {
    this.method = parts.request.method ?? ''
    this.surface = facts.surface
    this.bucket = facts.bucket
    this.region = facts.region
    this.path = facts.path
    this.target = facts.target
    this.query = new Query(facts.target.parameters)
    this.headers = parts.request.headers
    this.host = facts.host
    this.requester = facts.requester
    this.body = parts.body
    this.#parts = parts
    this.#request = parts.request
    this.#response = parts.response
    this.#answer = parts.answer
  }

  get key(): string {
    return this.path.slice(1)
  }

  get signedBy(): string | null {
    return this.requester.id
  }

  get scheme(): 'http' | 'https' {
    return 'encrypted' in this.#request.socket ? 'https' : 'http'
  }

  get requestId(): string {
    return this.#answer.requestId
  }

  requireBucket(): string {
    if (this.bucket === null) throw new Failure('InvalidHost', howToAddress(this.path))
    return this.bucket
  }

  get signal(): AbortSignal {
    this.#signal ??= goneSignal(this.#request, this.#response)
    return this.#signal
  }

  asObjectRequest(bucket: string, path: string, rawQuery: string): Exchange {
    const { host, requester } = this
    const target = { ...parseTarget(rawQuery === '' ? '/' : `/?${rawQuery}`), path, rawPath: percentEncodeKey(path) }
    return new HttpExchange({ surface: 'object', bucket, region: null, path, target, host, requester }, this.#parts)
  }

  readBody(maxBytes = MAX_API_BODY_BYTES): Promise<Buffer> {
    return this.body.read(maxBytes)
  }

  answerEmpty(status: number, headers?: AnswerHeaders): Promise<void> {
    return this.#answer.empty(status, headers)
  }

  answerText(status: number, contentType: string, text: string, headers?: AnswerHeaders): Promise<void> {
    return this.#answer.text(status, contentType, text, headers)
  }

  answerBytes(status: number, headers: AnswerHeaders, bytes: Uint8Array): Promise<void> {
    return this.#answer.bytes(status, headers, bytes)
  }

  answerStream(status: number, headers: AnswerHeaders, source: Readable): Promise<void> {
    return this.#answer.stream(status, headers, source)
  }

  answerPoured(status: number, headers: AnswerHeaders, pour: Pour): Promise<void> {
    return this.#answer.poured(status, headers, pour)
  }
}

/**
 * Aborted when the client is gone. A client that closes its sending side (`end` of the socket) counts as gone, as far
 * as the other side can tell; the answer is still written, should it only have half-closed.
 */
function goneSignal(request: IncomingMessage, response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  const { socket } = request
  const abort = () => {
    if (!response.writableFinished) gone.abort(new Failure('BodyIncomplete', 'the client went away'))
  }
  if (response.destroyed || socket.readableEnded) abort()
  socket.once('end', abort)
  response.once('close', () => {
    socket.off('end', abort)
    abort()
  })
  return gone.signal
}
