import { createServer, type IncomingMessage, METHODS, type Server, type ServerResponse } from 'node:http'
import type { Server as SecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { fastify } from 'fastify'
import { type Agent, asFailure, type Clock, Failure, type Log, newRequestId } from '../base/index.ts'
import { anonymous, everybody, type Keys } from '../keys/index.ts'
import { said } from '../wire/index.ts'
import { howToAddress, isServicePath, splitPathStyle } from './addressing.ts'
import { Answer } from './answer.ts'
import { answerApiFailure, apiResponseTo } from './api/api-failure.ts'
import {
  authenticate,
  authorityOf,
  bearerTokenOf,
  checkOneAuthorization,
  FailureBrake,
  keySaid,
  type ParsedTarget,
  parseTarget,
  pathOfRefused,
  type RawHeaders,
} from './authentication/index.ts'
import type { Certificate } from './certificate.ts'
import type { Cors } from './cors.ts'
import { Domains } from './domains.ts'
import type { Exchange } from './exchange.ts'
import { answerFailure, type FailedRequest, logFailure } from './failure-answer.ts'
import { SpellingResponse } from './header-spelling.ts'
import { HttpExchange } from './http-exchange.ts'
import { API_PATH, answerMetrics, handleOwn, METRICS_PATH, OWN_PATH } from './own-routes.ts'
import { reach } from './reach.ts'
import { RequestBody } from './request-body.ts'
import { timesOfHeader } from './times-of-header.ts'
import { answerConnect, answerUnreadable } from './unreadable-request.ts'

/** Request line and headers together: Pic-Operations with Base64 text and long queries are larger than Node's 16 KiB. */
const MAX_HEADER_BYTES = 64 * 1024
const HEADERS_TIMEOUT_MS = 60_000
/** Longer than the 60 s for which load balancers keep their connections, so that it is not us who close under them. */
const KEEP_ALIVE_MS = 72_000

const NODE_OPTIONS = {
  ServerResponse: SpellingResponse,
  maxHeaderSize: MAX_HEADER_BYTES,
  headersTimeout: HEADERS_TIMEOUT_MS,
  keepAliveTimeout: KEEP_ALIVE_MS,
  // An upload may take as long as it likes while bytes keep coming; request-body.ts watches that they do.
  requestTimeout: 0,
  // HTTP/1.0 clients have no Host; ours is the answer that a request without one gets.
  requireHostHeader: false,
}

export interface HttpServerDeps {
  /** Where to listen, for instance `127.0.0.1`. */
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  /** Speaks TLS with it; started by whoever made it. Without it requests come in the clear. */
  readonly certificate?: Certificate
  /** Whether every request is for the processing service, whatever its host says. */
  readonly isAlwaysCi?: boolean
  /** Hosts that the operator has given to buckets. */
  readonly domains?: Domains
  /** The header `Server` of every answer. */
  readonly serverName: string
  /** Whether unsigned requests are let in. A signature that is there must be right all the same. */
  readonly anonymous: boolean
  /** Whether a signature must leave nothing out. Default: no. */
  readonly strictSignatures?: boolean
  /** Whether a bucket in the path may be left out of what is signed. Default: yes. */
  readonly signedPathWithoutBucket?: boolean
  /** Who has which key. */
  readonly keys: Keys
  /** What web pages of other origins may do. */
  readonly cors: Pick<Cors, 'preflight' | 'actual'>
  readonly handleObject: (exchange: Exchange) => Promise<void>
  readonly handleCi: (exchange: Exchange) => Promise<void>
  /** Our own calls, below `/-/api/`, always signed. Without it there are none. */
  readonly handleApi?: (exchange: Exchange) => Promise<void>
  /** What this server tells of itself in numbers, and who may read it without a key; others need one that may read everything. */
  readonly metrics?: { text(): Promise<string>; isFreeFor(request: IncomingMessage): boolean }
  /** Whether work can be taken in; what `/-/readyz` answers. */
  readonly isReady: () => boolean | Promise<boolean>
  /** How long open requests may go on after `stop()`, in milliseconds. */
  readonly stopGraceMs: number
  readonly clock: Clock
  readonly log: Log
}

export interface HttpServer extends Agent {
  /** `http://HOST:PORT` while it listens; `https:` with a certificate. */
  readonly url: string
}

/**
 * The HTTP frame: takes requests in, finds out for which bucket and surface they are, checks the signature, calls the
 * handler, and turns whatever goes wrong into the error answer of the surface.
 *
 * Routing is ours, by host first: Fastify sees one route only. Its router would fold and decode paths, in which `//`,
 * `%2F` and `..` are parts of object keys.
 */
export function createHttpServer(deps: HttpServerDeps): HttpServer {
  const servers: (Server | SecureServer)[] = []
  const brake = new FailureBrake({ clock: deps.clock, log: deps.log })
  const { strictSignatures: isStrict = false, signedPathWithoutBucket = true } = deps
  const way = { domains: deps.domains ?? new Domains([]), isAlwaysCi: deps.isAlwaysCi === true }
  let isStopping = false
  let url = ''
  const expectsContinue = new WeakSet<IncomingMessage>()
  const targets = new WeakMap<IncomingMessage, string>()

  const app = fastify({
    logger: false,
    forceCloseConnections: 'idle',
    // A request that arrives on an open connection while we stop is answered like any other, and ends the connection.
    return503OnClosing: false,
    requestIdHeader: false,
    rewriteUrl: (request) => {
      targets.set(request as IncomingMessage, request.url ?? '')
      return '/'
    },
    serverFactory: (handle) => {
      const server = deps.certificate?.createServer(NODE_OPTIONS, handle) ?? createServer(NODE_OPTIONS, handle)
      // A client that has closed its sending side can still read its answer.
      Object.assign(server, { httpAllowHalfOpen: true })
      server.on('checkContinue', (request, response) => {
        expectsContinue.add(request)
        server.emit('request', request, response)
      })
      // Any other expectation is ignored, as HTTP allows; Node alone would answer 417 without a request id.
      server.on('checkExpectation', (request, response) => server.emit('request', request, response))
      server.on('connect', (_request, socket) => answerConnect(socket as Socket, deps.serverName, deps.clock))
      servers.push(server)
      return server as Server
    },
    clientErrorHandler: (error, socket) =>
      answerUnreadable(error as NodeJS.ErrnoException, socket as Socket, deps.serverName, deps.clock),
    frameworkErrors: (error, request, reply) => {
      reply.hijack()
      void answerToFramework(error, request.raw, reply.raw)
    },
  })
  // Every method is "without body" to Fastify: bodies are read by handlers, whatever Content-Type says or does not say.
  const methods = METHODS.filter((method) => method !== 'CONNECT')
  for (const method of methods) app.addHttpMethod(method, { hasBody: false, overrideExisting: true })
  app.route({
    method: methods,
    url: '/',
    handler: (request, reply) => {
      // Answers are written by Answer: streams, unread bodies and stored headers need more than reply.send knows.
      reply.hijack()
      void serve(request.raw, reply.raw)
    },
  })
  app.setErrorHandler((error, request, reply) => {
    reply.hijack()
    void answerToFramework(error, request.raw, reply.raw)
  })

  function open(request: IncomingMessage, response: ServerResponse): { body: RequestBody; answer: Answer } {
    const body = new RequestBody(request, response, expectsContinue.has(request))
    const requestId = newRequestId(deps.clock.now())
    const answer = new Answer(response, body, { requestId, serverName: deps.serverName, isStopping: () => isStopping })
    // An answer that began before `stop()` promised to keep its connection.
    const begun = performance.now()
    response.once('close', () => {
      if (isStopping) setImmediate(closeIdleConnections)
      const { method, headers } = request
      const durationMs = Math.round(performance.now() - begun)
      // Without the query: it can hold a signature that is still good.
      const path = (targets.get(request) ?? '').split('?', 1)[0]
      const status = response.headersSent ? response.statusCode : 0
      deps.log.debug({ requestId, method, host: headers.host, path, status, durationMs }, 'request')
    })
    return { body, answer }
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { body, answer } = open(request, response)
    const method = request.method ?? ''
    let failed: FailedRequest = { method, surface: 'object', resource: request.headers.host ?? '/' }
    try {
      const rawTarget = targets.get(request) ?? ''
      const { path, read } = readTarget(rawTarget)
      const host = hostOf(request, rawTarget)
      const headers = { ...request.headers, host }
      const address = reach(host, path, way)
      failed = {
        method,
        surface: address.surface,
        // The processing service shows the path alone.
        resource: address.surface === 'ci' ? path : `${host}${path}`,
      }
      if (address.servesOwn) {
        if (path.startsWith(API_PATH) && deps.handleApi !== undefined) {
          return await serveApi(deps.handleApi, { request, response, body, answer }, { rawTarget, path, read, headers })
        }
        const { metrics } = deps
        if (path === METRICS_PATH && metrics !== undefined && !metrics.isFreeFor(request)) {
          const parts = { request, response, body, answer }
          return await serveApi((exchange) => giveMetrics(exchange, metrics.text), parts, {
            rawTarget,
            path,
            read,
            headers,
          })
        }
        if (path.startsWith(OWN_PATH)) {
          return await handleOwn(method, path, answer, {
            isReady: deps.isReady,
            isStopping: () => isStopping,
            ...(metrics === undefined ? {} : { metrics: metrics.text }),
          })
        }
      }
      const target = read()
      if (address.bucket === null && address.surface === 'object' && isServicePath(target.path)) {
        throw new Failure('InvalidHost', howToAddress(target.path))
      }
      const isPathStyle = address.bucket === null && address.surface === 'object'
      const split = isPathStyle ? splitPathStyle(target.path) : { bucket: address.bucket ?? '', path: target.path }
      const bucket = split.bucket === '' ? null : split.bucket
      if (method === 'OPTIONS') {
        // A preflight is never signed.
        return await answer.empty(200, await deps.cors.preflight(bucket, request.headers))
      }
      answer.alsoSay(await deps.cors.actual(bucket, method, request.headers))
      if (!target.path.startsWith('/')) throw new Failure('InvalidUri', 'the request target does not begin with "/"')
      checkOneAuthorization(request.rawHeaders)
      const asked = authenticate(
        {
          method,
          rawTarget,
          headers,
          pathPrefixToStrip: isPathStyle && bucket !== null && signedPathWithoutBucket ? `/${bucket}` : undefined,
          isStrict,
          nowMs: deps.clock.now(),
        },
        deps.keys,
      )
      const requester = asked === anonymous && deps.anonymous ? everybody : asked
      // What everybody may do with objects is for the bucket to say; the processing service has nothing for everybody.
      if (requester === anonymous && address.surface === 'ci') {
        throw new Failure('MissingAuthorization')
      }
      const exchange = new HttpExchange(
        {
          surface: address.surface,
          bucket,
          region: address.region,
          path: split.path,
          target,
          host,
          requester,
        },
        { request, response, body, answer },
      )
      await (address.surface === 'ci' ? deps.handleCi(exchange) : deps.handleObject(exchange))
      if (!answer.isBegun) throw new Error(`no answer to ${method} ${target.path}`)
    } catch (error) {
      await fail(await braked(error, request, response), failed, answer, response)
    }
  }

  async function giveMetrics(exchange: Exchange, text: () => Promise<string>): Promise<void> {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') {
      throw new Failure('MethodNotAllowed', `${METRICS_PATH} is asked with GET.`, { details: { allow: 'GET, HEAD' } })
    }
    exchange.requester.require('read', null)
    await answerMetrics({ text: (...answered) => exchange.answerText(...answered) }, await text())
  }

  /** A call of our own: signed, also on a server that is open to everybody, and answered in JSON. Never rejects. */
  async function serveApi(
    handle: (exchange: Exchange) => Promise<void>,
    parts: { request: IncomingMessage; response: ServerResponse; body: RequestBody; answer: Answer },
    { rawTarget, path, read, headers }: ReadableTarget & { rawTarget: string; headers: RawHeaders & { host: string } },
  ): Promise<void> {
    const { request, response, answer } = parts
    const method = request.method ?? ''
    try {
      const target = read()
      checkOneAuthorization(request.rawHeaders)
      const bearer = bearerTokenOf(headers)
      const requester =
        bearer === null
          ? authenticate({ method, rawTarget, headers, isStrict, nowMs: deps.clock.now() }, deps.keys)
          : deps.keys.admitToken(bearer)
      if (requester === anonymous) throw new Failure('MissingAuthorization')
      const facts = { surface: 'object', bucket: null, region: null, path, target, host: headers.host } as const
      await handle(new HttpExchange({ ...facts, requester }, parts))
    } catch (error) {
      const failure = await braked(error, request, response)
      const facts = { requestId: answer.requestId, method, resource: path, code: failure.code }
      logFailure(failure, apiResponseTo(failure).status, facts, deps.log)
      // Half an answer is out: only the end of the connection can still say that it is not whole.
      if (answer.isBegun) response.destroy()
      else await answerApiFailure(failure, method, answer)
    }
  }

  /** What is to be answered to a failure, once it may be: who fails to sign again and again has to wait. */
  async function braked(error: unknown, request: IncomingMessage, response: ServerResponse): Promise<Failure> {
    const address = request.socket.remoteAddress ?? ''
    const guesser = () => ({ address, key: keySaid(targets.get(request) ?? '', request.headers) })
    const left = new AbortController()
    const leave = (): void => left.abort()
    if (response.destroyed) leave()
    response.once('close', leave)
    try {
      return await brake.slowed(asFailure(error), guesser, left.signal)
    } finally {
      response.off('close', leave)
    }
  }

  async function answerToFramework(error: unknown, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { answer } = open(request, response)
    const failed = { method: request.method ?? '', surface: 'object' as const, resource: request.headers.host ?? '/' }
    await fail(error, failed, answer, response)
  }

  /** Never rejects: nobody is behind it. */
  async function fail(error: unknown, failed: FailedRequest, answer: Answer, response: ServerResponse): Promise<void> {
    const isCut = answer.isBegun && !response.writableFinished
    try {
      await answerFailure(asFailure(error), failed, answer, deps)
    } catch (second) {
      deps.log.error({ requestId: answer.requestId, err: second }, 'an error answer could not be written')
      response.destroy()
    }
    // Half an answer is out: only the end of the connection can still say that it is not whole.
    if (isCut) response.destroy()
  }

  function closeIdleConnections(): void {
    for (const server of servers) server.closeIdleConnections()
  }

  return {
    get url() {
      return url
    },
    async start() {
      await app.listen({ host: deps.host, port: deps.port })
      const { address, family, port } = app.server.address() as AddressInfo
      url = `${deps.certificate === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${port}`
    },
    async stop() {
      isStopping = true
      brake.stop()
      const cut = setTimeout(() => {
        for (const server of servers) server.closeAllConnections()
      }, deps.stopGraceMs)
      try {
        await app.close()
      } finally {
        clearTimeout(cut)
      }
    },
  }
}

/** Where a request leads, and what it says there. */
interface ReadableTarget {
  readonly path: string
  /** @throws Failure `InvalidUri` */
  readonly read: () => ParsedTarget
}

/** A target that cannot be read is for the door to refuse to which it leads. */
function readTarget(rawTarget: string): ReadableTarget {
  try {
    const target = parseTarget(rawTarget)
    return { path: target.path, read: () => target }
  } catch (error) {
    const read = (): never => {
      throw error
    }
    return { path: pathOfRefused(rawTarget), read }
  }
}

/**
 * The host of a request: the authority of an absolute-form target, else the header Host. HTTP has it so that whoever
 * passes a request on and whoever answers it never mean two hosts; so the signature is over this one, too.
 *
 * @throws Failure `InvalidUri` when the target has an authority without a host, or with a name and password;
 *   `InvalidHost` when neither names one, or there are two headers Host
 * @source RFC 9112, 3.2.2; RFC 9110, 4.2.1 and 4.2.4
 */
function hostOf(request: IncomingMessage, rawTarget: string): string {
  const authority = authorityOf(rawTarget)
  if (authority !== null && /^:|^$|@/.test(authority)) {
    const expected = 'expected a host, with or without a port'
    throw new Failure('InvalidUri', `The request target has ${said(authority)} behind "//", ${expected}.`)
  }
  const times = timesOfHeader(request.rawHeaders, 'host')
  if (times > 1) throw new Failure('InvalidHost', `The header Host stands ${times} times, expected once.`)
  const host = authority ?? request.headers.host
  if (host) return host
  if (request.httpVersion === '1.1') throw new Failure('InvalidHost', 'the request has no Host header')
  return request.socket.localAddress ?? 'localhost'
}
