import { type ReceiverOptions, receiverOf } from './receive.ts'
import { ReceiverError } from './receiver-error.ts'

/**
 * A handler for everything that speaks Fetch: `Request` in, `Response` out (Hono, Next.js, Bun, Deno, Cloudflare Workers).
 *
 * @throws ReceiverError `InvalidOption`, when it is made
 */
export function fetchHandler(options: ReceiverOptions): (request: Request) => Promise<Response> {
  const receive = receiverOf(options)
  return async (request) => {
    const { status, headers, body } = await receive({
      method: request.method,
      headers: request.headers,
      readBody: (maxBytes) => readBody(request, maxBytes),
    })
    return new Response(body, { status, headers: { ...headers } })
  }
}

async function readBody(request: Request, maxBytes: number): Promise<Uint8Array> {
  if (request.bodyUsed) {
    throw new ReceiverError(
      'BodyAlreadyRead',
      'The body of the request was read before; give the handler an unread one.',
    )
  }
  const tooLarge = new ReceiverError('BodyTooLarge', `The body has more than ${maxBytes} bytes.`)
  if (Number(request.headers.get('content-length')) > maxBytes) throw tooLarge
  const pieces: Uint8Array[] = []
  let size = 0
  const reader = request.body?.getReader()
  for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read()) {
    size += next.value.length
    if (size > maxBytes) {
      await reader?.cancel()
      throw tooLarge
    }
    pieces.push(next.value)
  }
  return joined(pieces, size)
}

/** @internal */
export function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
