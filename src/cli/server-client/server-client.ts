import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Readable } from 'node:stream'
import { type KeyPair, type Pair, signRequest } from '../../http/authentication/index.ts'
import { percentEncode, percentEncodeKey, readXml, type XmlElement } from '../../wire/index.ts'
import { BucketClient } from './bucket-client.ts'
import { ClientFailure } from './client-failure.ts'
import { elementAt, textAt, textOrNull } from './elements.ts'
import type { Credential } from './find-credential.ts'
import { type FoundServer, notAnswering } from './find-server.ts'
import { pairOfToken, type TemporaryPair } from './pair-of-token.ts'
import type { Trust } from './trust.ts'

/** How long a signature is good: longer than any answer takes to begin, and a clock may be off by a minute. */
const SIGNED_FROM_SECONDS = 60
const SIGNED_FOR_SECONDS = 3_600
/** A server that says nothing for this long in the middle of an answer will not go on. */
const IDLE_MS = 60_000
/** Documents are pages of at most a hundred entries. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024

/** A request to the server, before it is signed. */
export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** The header `Host`: it says which bucket, and which of the two doors. */
  readonly host: string
  /** Percent-decoded, beginning with `/`. */
  readonly path: string
  /** One with the value `''` is written as its name alone. */
  readonly parameters?: readonly Pair[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Readable
}

export interface Answer {
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
  /** The document of the answer. */
  xml(): XmlElement
}

/** A bucket as the list of buckets tells it. */
export interface Place {
  readonly bucket: string
  readonly region: string
}

export interface ServerClientOptions {
  readonly server: FoundServer
  /** Its `from` says in a message where it was found. */
  readonly credential: Credential
  /** Which certificates are good, when the server speaks TLS. Default: those that everybody trusts. */
  readonly trust?: Trust
  /** Ends whatever is under way; its reason is what the call rejects with. */
  readonly signal?: AbortSignal
}

/**
 * What a command asks of a running server: signed as any client of the protocol does it, or with a bearer token. The
 * connection goes to the address that was found, whatever host a request names.
 */
export class ServerClient {
  readonly #server: FoundServer
  readonly #credential: Credential
  readonly #pairOfToken: () => Promise<TemporaryPair>
  readonly #trust: Trust
  readonly #signal: AbortSignal | undefined

  constructor({ server, credential, trust = {}, signal }: ServerClientOptions) {
    this.#server = server
    this.#credential = credential
    this.#pairOfToken = pairOfToken((seconds) => this.callApi('POST', '/-/api/temporary-keys', { body: { seconds } }))
    this.#trust = trust
    this.#signal = signal
  }

  /** `http://HOST:PORT`, or `https:`. */
  get url(): string {
    return this.#server.url.origin
  }

  /** `<bucket>.<product>.<region>.<server>:<port>`. Every name below localhost is this machine. */
  hostOf({ bucket, region }: Place, product: 'cos' | 'ci'): string {
    return `${bucket}.${product}.${region}.${this.#suffix}`
  }

  in(place: Place): BucketClient {
    return new BucketClient(this, place)
  }

  /** Every bucket of the server. */
  async buckets(): Promise<readonly Place[]> {
    const host = `service.cos.${this.#suffix}`
    const found: Place[] = []
    for (let marker: string | null = ''; marker !== null; ) {
      const { body, xml } = await this.call({ method: 'GET', host, path: '/', parameters: [['marker', marker]] })
      if (!body.includes('<ListAllMyBucketsResult>')) throw this.#notPixmill('a GET of its buckets with something else')
      const page = xml()
      const buckets = elementAt(page, 'Buckets')?.children ?? []
      found.push(...buckets.map((one) => ({ bucket: textAt(one, 'Name'), region: textAt(one, 'Location') })))
      marker = textOrNull(page, 'NextMarker')
    }
    return found
  }

  /** The whole answer, when the server did what it was asked. @throws ClientFailure otherwise */
  async call(call: Call): Promise<Answer> {
    const response = await this.#opened(call)
    const body = await this.#bodyOf(response)
    return { headers: response.headers, body, xml: () => readXml(body) }
  }

  /** A call of our own, below `/-/api/`: the answer as it begins, its body still to be read. @throws ClientFailure */
  async callOwn(method: Call['method'], path: string, parameters: readonly Pair[] = []): Promise<IncomingMessage> {
    return this.#opened({ method, path, parameters, host: this.#server.url.host })
  }

  /** Sends bytes to a call of our own; gives the headers of its answer. @throws ClientFailure */
  async putOwn(path: string, body: Readable, headers: Readonly<Record<string, string>>): Promise<Answer['headers']> {
    return (await this.call({ method: 'PUT', path, host: this.#server.url.host, headers, body })).headers
  }

  /** A call of the JSON door: what it answers, `null` when that is nothing. @throws ClientFailure */
  async callApi(
    method: Call['method'],
    path: string,
    { parameters, body }: { readonly parameters?: readonly Pair[]; readonly body?: unknown } = {},
  ): Promise<unknown> {
    const answer = await this.call({
      method,
      path,
      host: this.#server.url.host,
      ...(parameters === undefined ? {} : { parameters }),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    if (answer.body.length === 0) return null
    try {
      return JSON.parse(answer.body.toString('utf8'))
    } catch (cause) {
      throw new ClientFailure('NotPixmill', `The answer of ${this.url} to ${method} ${path} is no JSON.`, { cause })
    }
  }

  async #opened(call: Call): Promise<IncomingMessage> {
    const response = await this.#send(call)
    const { statusCode = 0 } = response
    if (statusCode < 200 || statusCode > 299) throw this.#refusal(call, response, await this.#bodyOf(response))
    if (!isOurs(response)) {
      response.destroy()
      throw this.#notPixmill(`${call.method} ${call.path} with ${statusCode}`)
    }
    return response
  }

  async #send(call: Call): Promise<IncomingMessage> {
    const { url } = this.#server
    const { method, path, parameters = [], body } = call
    const headers: Record<string, string> = { ...call.headers, host: call.host }
    if (typeof body === 'string') headers['content-length'] = String(Buffer.byteLength(body))
    await this.#prove(call, headers)
    const query = parameters.map(([name, value]) =>
      value === '' ? percentEncode(name) : `${percentEncode(name)}=${percentEncode(value)}`,
    )
    const hostname = url.hostname.replace(/^\[|\]$/g, '')
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)({
      hostname,
      port: url.port,
      // The name of the certificate is that of the server, not the one in Host.
      ...(isIP(hostname) === 0 ? { servername: hostname } : { servername: '' }),
      ...this.#trust,
      method,
      path: percentEncodeKey(path) + (query.length === 0 ? '' : `?${query.join('&')}`),
      headers,
      timeout: IDLE_MS,
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    })
    request.on('timeout', () => request.destroy(new Error(`nothing came for ${IDLE_MS / 1000} s`)))
    if (typeof body === 'object') {
      body.on('error', (error) => request.destroy(error))
      body.pipe(request)
    } else {
      request.end(body)
    }
    try {
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      return response
    } catch (error) {
      throw this.#broken(error)
    }
  }

  /** Adds to the headers of a call what says who asks. */
  async #prove({ method, path, parameters = [], host }: Call, headers: Record<string, string>): Promise<void> {
    const isOwn = path.startsWith('/-/api/') && host === this.#server.url.host
    if ('token' in this.#credential && isOwn) {
      headers.authorization = `Bearer ${this.#credential.token}`
      return
    }
    let pair: KeyPair
    if ('token' in this.#credential) {
      const { securityToken, ...temporary } = await this.#pairOfToken()
      headers['x-cos-security-token'] = securityToken
      pair = temporary
    } else {
      pair = this.#credential
    }
    const startSeconds = Math.floor(Date.now() / 1000) - SIGNED_FROM_SECONDS
    headers.authorization = signRequest({ method, path, parameters, headers }, pair, {
      startSeconds,
      endSeconds: startSeconds + SIGNED_FOR_SECONDS,
    })
  }

  async #bodyOf(response: IncomingMessage): Promise<Buffer> {
    const pieces: Buffer[] = []
    let bytes = 0
    try {
      for await (const piece of response as AsyncIterable<Buffer>) {
        bytes += piece.length
        if (bytes > MAX_ANSWER_BYTES) throw new Error(`its answer has more than ${MAX_ANSWER_BYTES} bytes`)
        pieces.push(piece)
      }
    } catch (error) {
      if (this.#signal?.aborted) throw this.#signal.reason
      // Whoever waits for a server that is started again waits for this one, too.
      throw new ClientFailure(
        'ServerNotFound',
        `The server at ${this.url} (${this.#server.from}) broke off in the middle of an answer: ${(error as Error).message}.`,
        { cause: error },
      )
    }
    return Buffer.concat(pieces)
  }

  #broken(error: unknown): unknown {
    if (this.#signal?.aborted) return this.#signal.reason
    // Of several addresses tried, each failed for itself.
    const cause = error instanceof AggregateError ? (error.errors[0] as unknown) : error
    return notAnswering(this.#server, cause instanceof Error ? cause.message : String(cause), error)
  }

  #refusal(call: Call, response: IncomingMessage, body: Buffer): ClientFailure {
    const asked = `${call.method} ${call.path}`
    const refusal = isOurs(response) ? refusalIn(body) : null
    if (refusal === null) return this.#notPixmill(`${asked} with ${response.statusCode}`)
    const { code, message } = refusal
    const credential = this.#credential
    const from = credential.from === undefined ? '' : ` (from ${credential.from})`
    const refuses = `The server at ${this.url} (${this.#server.from}) does not accept the`
    if ('token' in credential && (WRONG_KEY.has(code) || code === WRONG_TOKEN)) {
      return new ClientFailure('TokenRefused', `${refuses} token ${credential.id}${from}: ${message}`)
    }
    if (!('token' in credential) && WRONG_KEY.has(code)) {
      return new ClientFailure('KeyPairRefused', `${refuses} key pair of ${credential.secretId}${from}: ${message}`)
    }
    if (UNKNOWN_CALL.has(code)) {
      return new ClientFailure(
        code,
        `The server at ${this.url} does not know ${asked}; it may be older than this program.`,
      )
    }
    return new ClientFailure(code, `The server refused: ${message} (${code})`)
  }

  #notPixmill(what: string): ClientFailure {
    return new ClientFailure(
      'NotPixmill',
      `${this.url} (${this.#server.from}) answered ${what}, and not as a Pixmill server does. ` +
        `If a proxy stands in front of one, it has to let hosts such as <bucket>.ci.<region>.${this.#suffix} through.`,
    )
  }

  /** What follows bucket, product and region in a host: a name of the server, never a bare address. */
  get #suffix(): string {
    const { hostname, port } = this.#server.url
    const name = hostname.startsWith('[') || isIP(hostname) !== 0 ? 'localhost' : hostname
    return port === '' ? name : `${name}:${port}`
  }
}

/** What the doors say to a key that is not theirs: those of the protocol, and ours. */
const WRONG_KEY: ReadonlySet<string> = new Set([
  'SignatureDoesNotMatch',
  'InvalidAccessKeyId',
  'SecretidNotExist',
  'SignatureMismatch',
  'UnknownKey',
])
/** What the JSON door says to a token. */
const WRONG_TOKEN = 'InvalidAuthorization'
const UNKNOWN_CALL: ReadonlySet<string> = new Set(['InvalidUrl', 'UnknownRoute'])

function isOurs({ headers }: IncomingMessage): boolean {
  return headers['x-ci-request-id'] !== undefined
}

/** What an error document of the protocol says, or the JSON of our own calls; `null` when the body is neither. */
function refusalIn(body: Buffer): { code: string; message: string } | null {
  try {
    if (body[0] === CURLY_BRACKET) {
      const { error, message } = JSON.parse(body.toString('utf8')) as { error?: unknown; message?: unknown }
      return typeof error === 'string' && typeof message === 'string' ? { code: error, message } : null
    }
    const root = readXml(body)
    return root.name === 'Error' ? { code: textAt(root, 'Code'), message: textAt(root, 'Message') } : null
  } catch {
    return null
  }
}

const CURLY_BRACKET = 0x7b
