import { joined } from './fetch-handler.ts'
import { type ReceiverOptions, receiverOf } from './receive.ts'
import { ReceiverError } from './receiver-error.ts'

/** What the handler needs of Node's `IncomingMessage`; Express's request is one. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly readableEnded: boolean
  // biome-ignore lint/suspicious/noExplicitAny: what a listener is handed depends on the event
  on(event: string, listener: (...given: any[]) => void): unknown
  pause(): unknown
}

/** What the handler needs of Node's `ServerResponse`. */
export interface NodeResponse {
  writeHead(status: number, headers: Record<string, string>): unknown
  end(body: string): unknown
}

/**
 * A handler for `createServer` of Node's `http` and for a route of Express (or anything else that hands on Node's own
 * request). It reads the body itself; a raw body that was read before (`express.raw`, `rawBody` of serverless hosts) is
 * taken instead.
 *
 * @throws ReceiverError `InvalidOption`, when it is made
 */
export function nodeHandler(options: ReceiverOptions): (request: NodeRequest, response: NodeResponse) => Promise<void> {
  const receive = receiverOf(options)
  return async (request, response) => {
    const { status, headers, body } = await receive({
      method: request.method ?? '',
      headers: request.headers,
      readBody: (maxBytes) => readBody(request, maxBytes),
    })
    // Of a body that is too large the rest is not read, so the connection cannot be used again.
    response.writeHead(status, status === 413 ? { ...headers, connection: 'close' } : { ...headers })
    response.end(body)
  }
}

async function readBody(request: NodeRequest, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = new ReceiverError('BodyTooLarge', `The body has more than ${maxBytes} bytes.`)
  if (Number(request.headers['content-length']) > maxBytes) throw tooLarge
  const before = rawBodyOf(request)
  if (before !== null) {
    if (before.length > maxBytes) throw tooLarge
    return before
  }
  if (request.readableEnded) {
    throw new ReceiverError(
      'BodyAlreadyRead',
      'The body was read before the handler, and only what was made of it was kept. Put the handler before express.json(), or use express.raw().',
    )
  }
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = []
    let size = 0
    request.on('data', (piece: Uint8Array) => {
      size += piece.length
      if (size <= maxBytes) return void pieces.push(piece)
      request.pause()
      reject(tooLarge)
    })
    request.on('end', () => resolve(joined(pieces, size)))
    request.on('error', reject)
    // A sender that hangs up gets no answer; what waits for one must end all the same.
    request.on('close', () => reject(new Error('The sender closed the connection before the end of the body.')))
  })
}

function rawBodyOf(request: NodeRequest): Uint8Array | null {
  const { body, rawBody } = request as { body?: unknown; rawBody?: unknown }
  for (const one of [rawBody, body]) {
    if (one instanceof Uint8Array) return one
    if (typeof one === 'string') return new TextEncoder().encode(one)
  }
  return null
}
