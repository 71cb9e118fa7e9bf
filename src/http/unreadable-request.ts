import type { Socket } from 'node:net'
import { type Clock, newRequestId } from '../base/index.ts'
import { contentTypeOf, errorDocument, writeDocument } from '../wire/index.ts'

/**
 * What Node's HTTP parser stumbled over, as an answer. There is no request object yet (or only half of one), so host
 * and surface are not known; statuses and words are those that both surfaces understand.
 */
const answers: Readonly<Record<string, { status: string; code: string; message: string }>> = {
  HPE_HEADER_OVERFLOW: {
    status: '431 Request Header Fields Too Large',
    code: 'InvalidArgument',
    message: 'The request line and the headers are longer than 65536 bytes together.',
  },
  HPE_INVALID_METHOD: {
    status: '405 Method Not Allowed',
    code: 'MethodNotAllowed',
    message: 'The method of the request is not one that HTTP knows.',
  },
  HPE_INVALID_URL: { status: '400 Bad Request', code: 'InvalidURI', message: 'The request target is not valid.' },
  HPE_INVALID_EOF_STATE: {
    status: '400 Bad Request',
    code: 'IncompleteBody',
    message: 'The connection ended in the middle of the request.',
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: '408 Request Timeout',
    code: 'RequestTimeout',
    message: 'The headers of the request did not arrive in time.',
  },
}

const anythingElse = {
  status: '400 Bad Request',
  code: 'InvalidArgument',
  message: 'This is not a request that HTTP/1.1 allows.',
}

/**
 * Answers a request that could not be parsed, and ends the connection: after such an error nobody knows where the next
 * request would begin.
 */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, serverName: string, clock: Clock): void {
  // An answer that is under way must not be mixed with another one.
  const current = (socket as Socket & { _httpMessage?: { headersSent: boolean } | null })._httpMessage
  // A handshake that failed: there is no connection yet in which anything could be said.
  const isInHandshake = /^ERR_(SSL|TLS)/.test(error.code ?? '')
  if (!socket.writable || error.code === 'ECONNRESET' || current?.headersSent || isInHandshake) {
    socket.destroy()
    return
  }
  endWith(socket, answers[error.code ?? ''] ?? anythingElse, serverName, clock)
}

/** `CONNECT` is no request for us: we are not a proxy. Node hands over the bare connection. */
export function answerConnect(socket: Socket, serverName: string, clock: Clock): void {
  const refusal = { status: '405 Method Not Allowed', code: 'MethodNotAllowed', message: 'This server is not a proxy.' }
  endWith(socket, refusal, serverName, clock)
}

function endWith(
  socket: Socket,
  answer: { status: string; code: string; message: string },
  serverName: string,
  clock: Clock,
): void {
  const nowMs = clock.now()
  const requestId = newRequestId(nowMs)
  const traceId = newRequestId(nowMs)
  const document = writeDocument(
    errorDocument({ code: answer.code, message: answer.message, resource: '/', requestId, traceId }),
    'XML',
  )
  socket.on('error', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${answer.status}\r\n` +
      `Server: ${serverName}\r\n` +
      `Date: ${new Date().toUTCString()}\r\n` +
      `x-cos-request-id: ${requestId}\r\n` +
      `x-ci-request-id: ${requestId}\r\n` +
      `x-cos-trace-id: ${traceId}\r\n` +
      `x-ci-trace-id: ${traceId}\r\n` +
      `Content-Type: ${contentTypeOf.XML}\r\n` +
      `Content-Length: ${Buffer.byteLength(document)}\r\n` +
      `Connection: close\r\n\r\n${document}`,
    // Ended on both sides, or a client that never closes would keep the connection for ever.
    () => socket.destroySoon(),
  )
}
