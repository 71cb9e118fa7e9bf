import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Failure } from '../base/index.ts'

/** A body smaller than this that nobody read is thrown away, so that the connection can be used again. */
const MAX_UNREAD_BYTES_KEPT_ALIVE = 256 * 1024
/** How much of a refused body is still taken in, so that a client that only writes comes to the point where it reads. */
const MAX_DISCARDED_BYTES = 16 * 1024 * 1024
/** How long a client that was refused may go on before the connection is cut. */
const DISCARD_MS = 2_000
/** A client that sends nothing for this long in the middle of a body is gone. */
const BODY_IDLE_MS = 60_000

/**
 * The body of one request. Nothing of it is read before somebody asks, and `100 Continue` is sent only then: a client
 * that asks first is refused without having sent anything.
 */
export class RequestBody {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #awaitsContinue: boolean
  #begun = false

  constructor(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean) {
    this.#request = request
    this.#response = response
    this.#awaitsContinue = awaitsContinue
  }

  /** What Content-Length says; `null` when there is none (a chunked body, or no body at all). */
  get declaredBytes(): number | null {
    const text = this.#request.headers['content-length']
    return text === undefined ? null : Number(text)
  }

  get isChunked(): boolean {
    return this.#request.headers['transfer-encoding'] !== undefined
  }

  /** Whether the client says that something comes. */
  get isThere(): boolean {
    return this.isChunked || (this.declaredBytes ?? 0) > 0
  }

  /**
   * The body in pieces, as fast as they are taken. Ends with `BodyIncomplete` when the client goes away before the end.
   * Whoever stops early leaves the connection usable for an answer.
   */
  async *stream(): AsyncGenerator<Uint8Array> {
    this.#begin()
    const { socket } = this.#request
    socket.setTimeout(BODY_IDLE_MS)
    try {
      // destroyOnReturn would cut the connection as soon as the reader gives up, before it could be told why.
      for await (const piece of this.#request.iterator({ destroyOnReturn: false })) yield piece as Uint8Array
    } catch (error) {
      throw new Failure('BodyIncomplete', undefined, { cause: error })
    } finally {
      socket.setTimeout(0)
    }
    if (!this.#request.complete) throw new Failure('BodyIncomplete')
  }

  /**
   * The whole body, checked against Content-MD5. Fails with `ContentTooLarge` (before reading anything when
   * Content-Length says so), `DigestInvalid`, `DigestMismatch`, `BodyIncomplete`.
   */
  async read(maxBytes: number): Promise<Buffer> {
    const tooLarge = (bytes: string) =>
      new Failure('ContentTooLarge', `the body has ${bytes} bytes, at most ${maxBytes} are allowed here`)
    if ((this.declaredBytes ?? 0) > maxBytes) throw tooLarge(String(this.declaredBytes))
    const expectedMd5 = contentMd5(this.#request.headers['content-md5'])
    const pieces: Uint8Array[] = []
    let bytes = 0
    for await (const piece of this.stream()) {
      bytes += piece.length
      if (bytes > maxBytes) throw tooLarge(`more than ${maxBytes}`)
      pieces.push(piece)
    }
    const body = Buffer.concat(pieces)
    if (expectedMd5 !== null) checkMd5(createHash('md5').update(body).digest('hex'), expectedMd5)
    return body
  }

  /** Whether the connection must end with the answer: what is left of the body is too much to be read for nothing. */
  get mustClose(): boolean {
    if (!this.isThere || this.#request.complete) return false
    if (this.#awaitsContinue && !this.#begun) return true
    return this.isChunked || (this.declaredBytes ?? 0) > MAX_UNREAD_BYTES_KEPT_ALIVE
  }

  /**
   * Lets a short rest that nobody wants run off, so that the next request of the connection can be read. Node does so
   * itself only for a body of which nothing was read at all.
   */
  skipRest(): void {
    if (this.isThere && !this.#request.complete) this.#request.resume()
  }

  /**
   * Takes in some of what is left and throws it away, after an answer was written and before the connection ends.
   * A connection that is closed on a client that still writes is reset, and the reset can destroy the answer before
   * the client has read it. Bounded in bytes and in time.
   */
  async discardRest(): Promise<void> {
    const request = this.#request
    if (!this.isThere || request.complete || request.destroyed) return
    // Nobody told this client to send anything.
    if (this.#awaitsContinue && !this.#begun) return
    await new Promise<void>((resolve) => {
      let left = MAX_DISCARDED_BYTES
      const timer = setTimeout(resolve, DISCARD_MS)
      const end = () => {
        clearTimeout(timer)
        resolve()
      }
      request.on('data', (piece: Uint8Array) => {
        left -= piece.length
        // From here on the client is held by its own full buffers, until it reads the answer or its time is over.
        if (left < 0) request.pause()
      })
      request.once('end', end)
      request.once('error', end)
      request.once('close', end)
      request.resume()
    })
  }

  #begin(): void {
    if (this.#begun) return
    this.#begun = true
    if (this.#awaitsContinue) this.#response.writeContinue()
  }
}

/** The header Content-MD5 as hex; `null` when it is not given. Fails with `DigestInvalid`. */
export function contentMd5(header: string | string[] | undefined): string | null {
  if (header === undefined || header === '') return null
  const text = String(header)
  if (!/^[A-Za-z0-9+/]{22}==$/.test(text)) {
    throw new Failure('DigestInvalid', 'Content-MD5 is not the Base64 form of 16 bytes')
  }
  return Buffer.from(text, 'base64').toString('hex')
}

/** Fails with `DigestMismatch` when the bytes that came are not those that Content-MD5 speaks of. Both in hex. */
export function checkMd5(actual: string, expected: string): void {
  if (actual !== expected) {
    throw new Failure('DigestMismatch', 'The Content-MD5 you specified did not match what we received.')
  }
}
