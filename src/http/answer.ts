import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import type { AnswerHeaders, Pour } from './exchange.ts'
import type { RequestBody } from './request-body.ts'

/** A client that takes nothing for this long in the middle of an answer is gone. */
const ANSWER_IDLE_MS = 60_000

export interface AnswerOptions {
  readonly requestId: string
  /** The header `Server`. */
  readonly serverName: string
  /** Asked at the moment of answering: a stopping server ends the connection with the answer. */
  readonly isStopping: () => boolean
}

/**
 * The answering side of one request: what every answer carries, and how a connection is left behind when the client
 * has not finished sending. Answers are never compressed: lengths and check sums would no longer fit.
 */
export class Answer {
  readonly requestId: string
  readonly #response: ServerResponse
  readonly #body: RequestBody
  readonly #options: AnswerOptions
  #also: (names: readonly string[]) => AnswerHeaders = () => ({})

  constructor(response: ServerResponse, body: RequestBody, options: AnswerOptions) {
    this.requestId = options.requestId
    this.#response = response
    this.#body = body
    this.#options = options
  }

  /** What every answer to this request says on top, whatever it is. @param also is given the headers that are there */
  alsoSay(also: (names: readonly string[]) => AnswerHeaders): void {
    this.#also = also
  }

  /** Whether it is too late for another answer, or nobody is there any more. */
  get isBegun(): boolean {
    return this.#response.headersSent || this.#response.destroyed
  }

  async empty(status: number, headers: AnswerHeaders = {}): Promise<void> {
    const hasNoLength = status === 204 || status === 304
    await this.#send(status, hasNoLength ? headers : { 'content-length': '0', ...headers }, null)
  }

  async text(status: number, contentType: string, text: string, headers: AnswerHeaders = {}): Promise<void> {
    // As bytes: Node would join a string with the headers and write both as UTF-8, and stored Latin-1 headers with it.
    await this.bytes(status, { ...headers, 'content-type': contentType }, Buffer.from(text, 'utf8'))
  }

  async bytes(status: number, headers: AnswerHeaders, bytes: Uint8Array): Promise<void> {
    await this.#send(status, { ...headers, 'content-length': String(bytes.length) }, bytes)
  }

  async stream(status: number, headers: AnswerHeaders, source: Readable): Promise<void> {
    try {
      // A source that cannot even begin is still answered properly.
      await firstBytes(source)
      this.#head(status, headers)
    } catch (error) {
      source.destroy()
      throw error
    }
    try {
      if (!this.#body.mustClose) this.#body.skipRest()
      await pipeline(source, this.#response)
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }

  async poured(status: number, headers: AnswerHeaders, pour: Pour): Promise<void> {
    const response = this.#response
    const begin = () => {
      this.#head(status, headers)
      if (!this.#body.mustClose) this.#body.skipRest()
    }
    try {
      await itsTurn(response)
      await pour(async (piece) => {
        if (!response.headersSent) begin()
        await written(response, piece)
      })
      if (!response.headersSent) begin()
      response.end()
      await finished(response, { readable: false })
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }

  async #send(status: number, headers: AnswerHeaders, payload: Uint8Array | null): Promise<void> {
    const response = this.#response
    if (response.destroyed) return
    this.#head(status, headers)
    try {
      if (this.#body.mustClose) {
        // The whole answer is out before the connection ends: Content-Length tells the client where it is complete.
        response.flushHeaders()
        if (payload !== null) response.write(payload)
        await this.#body.discardRest()
        response.end()
      } else {
        this.#body.skipRest()
        response.end(payload ?? undefined)
      }
      await finished(response, { readable: false })
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }

  #head(status: number, headers: AnswerHeaders): void {
    const response = this.#response
    response.statusCode = status
    response.setHeader('server', this.#options.serverName)
    // Both names on every answer: without them some SDKs take an error for a network problem and try another domain.
    response.setHeader('x-cos-request-id', this.requestId)
    response.setHeader('x-ci-request-id', this.requestId)
    if (this.#body.mustClose || this.#options.isStopping()) response.setHeader('connection', 'close')
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) response.setHeader(name, value)
    }
    for (const [name, value] of Object.entries(this.#also(response.getHeaderNames()))) {
      if (value !== undefined && !response.hasHeader(name)) response.setHeader(name, value)
    }
    // Written down now, before Node knows of any bytes: beside those it would take a Content-Disposition for UTF-8 and
    // then write each character as one byte, which makes a line break of "Ċ", and headers of what follows.
    response.writeHead(status)
    response.socket?.setTimeout(ANSWER_IDLE_MS)
  }
}

/** Resolves when a stream has something to give or is at its end; rejects when it fails before that. */
function firstBytes(source: Readable): Promise<void> {
  if (source.readableLength > 0 || source.readableEnded) return Promise.resolve()
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      source.off('readable', ready)
      source.off('error', failed)
      source.off('close', ready)
      end()
    }
    const ready = () => settle(resolve)
    const failed = (error: Error) => settle(() => reject(error))
    source.once('readable', ready)
    source.once('error', failed)
    source.once('close', ready)
  })
}

/** Resolves when the answers before this one, of a connection that asked for several at once, are out. */
function itsTurn(response: ServerResponse): Promise<void> {
  if (response.socket !== null || response.destroyed) return Promise.resolve()
  const { socket } = response.req
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      response.off('socket', come)
      socket.off('close', gone)
      end()
    }
    const come = () => settle(resolve)
    const gone = () => settle(() => reject(clientGone()))
    response.once('socket', come)
    socket.once('close', gone)
  })
}

/** Resolves when the operating system has these bytes, and nobody looks at their memory any more. */
function written(response: ServerResponse, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(clientGone())
    if (response.destroyed) return gone()
    response.once('close', gone)
    response.write(bytes, (error) => {
      response.off('close', gone)
      if (error) reject(error)
      else resolve()
    })
  })
}

function clientGone(): Error {
  return Object.assign(new Error('the client went away'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
}

/** Whether an error says only that the client left before the end. */
function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code
  return (
    code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    code === 'ERR_STREAM_DESTROYED' ||
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    code === 'ECANCELED'
  )
}
