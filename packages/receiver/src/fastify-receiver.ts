import { DEFAULT_MAX_BODY_BYTES, type ReceiverOptions, receiverOf } from './receive.ts'
import { ReceiverError } from './receiver-error.ts'
import type { CallbackHeaders } from './verify.ts'

/** What the plugin needs of a Fastify instance. */
export interface FastifyLike {
  removeAllContentTypeParsers(): void
  addContentTypeParser(
    type: string,
    options: { parseAs: 'buffer'; bodyLimit: number },
    parser: (request: unknown, body: Uint8Array, done: (error: null, body: Uint8Array) => void) => void,
  ): unknown
  post(path: string, handler: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>): unknown
}

export interface FastifyRequestLike {
  readonly headers: CallbackHeaders
  readonly body: unknown
}

export interface FastifyReplyLike {
  code(status: number): FastifyReplyLike
  headers(values: Record<string, string>): FastifyReplyLike
  send(body: string): unknown
}

export type FastifyReceiverOptions = ReceiverOptions & {
  /** Where callbacks come in. */
  readonly path: string
}

/**
 * A Fastify plugin with one route: `app.register(fastifyReceiver, { path: '/callbacks', secrets, onEvent })`. Inside of it
 * bodies stay bytes; the rest of the application is not touched.
 *
 * @throws ReceiverError `InvalidOption`, when it is registered
 */
export async function fastifyReceiver(app: FastifyLike, options: FastifyReceiverOptions): Promise<void> {
  if (typeof options.path !== 'string')
    throw new ReceiverError('InvalidOption', 'path is missing, expected "/callbacks".')
  const receive = receiverOf(options)
  app.removeAllContentTypeParsers()
  const bodyLimit = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) => done(null, body))
  app.post(options.path, async (request, reply) => {
    const { status, headers, body } = await receive({
      method: 'POST',
      headers: request.headers,
      readBody: async () => (request.body instanceof Uint8Array ? request.body : new Uint8Array()),
    })
    return reply
      .code(status)
      .headers({ ...headers })
      .send(body)
  })
}
