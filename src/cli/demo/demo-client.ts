import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import type { Readable } from 'node:stream'
import { type KeyPair, type Pair, signRequest } from '../../http/authentication/index.ts'
import { percentEncode, percentEncodeKey, readXml, type XmlElement } from '../../wire/index.ts'
import { DemoFailure, messageOf } from './demo-failure.ts'

export interface DemoAnswer {
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: Buffer
  /** The document of the answer. */
  xml(): XmlElement
}

interface Call {
  readonly method: string
  readonly product: 'cos' | 'ci'
  /** Percent-decoded, beginning with `/`. */
  readonly path: string
  readonly parameters?: readonly Pair[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Readable
}

/**
 * What the demo asks of the server, as any client of the protocol would: signed, and addressed by the virtual host of
 * the bucket while the connection goes to 127.0.0.1.
 */
export class DemoClient {
  readonly #server: URL
  readonly #key: KeyPair
  readonly #signal: AbortSignal
  readonly bucket: string
  readonly region: string

  constructor(url: string, place: { bucket: string; region: string }, key: KeyPair, signal: AbortSignal) {
    this.#server = new URL(url)
    this.#key = key
    this.#signal = signal
    this.bucket = place.bucket
    this.region = place.region
  }

  /** `<bucket>.cos.<region>.localhost:<port>`: every name below localhost is this machine. */
  hostOf(product: 'cos' | 'ci'): string {
    return `${this.bucket}.${product}.${this.region}.localhost:${this.#server.port}`
  }

  /** Uploads a file; gives the ETag. */
  async putFile(key: string, file: string): Promise<string> {
    const { size } = await stat(file)
    const answer = await this.#call({
      method: 'PUT',
      product: 'cos',
      path: `/${key}`,
      headers: { 'content-length': String(size) },
      body: createReadStream(file),
    })
    return String(answer.headers.etag ?? '')
  }

  async getObject(key: string): Promise<Buffer> {
    return (await this.#call({ method: 'GET', product: 'cos', path: `/${key}` })).body
  }

  async post(path: string, xml: string): Promise<XmlElement> {
    const headers = { 'content-type': 'application/xml' }
    return (await this.#call({ method: 'POST', product: 'ci', path, headers, body: xml })).xml()
  }

  async get(path: string): Promise<XmlElement> {
    return (await this.#call({ method: 'GET', product: 'ci', path })).xml()
  }

  #call(call: Call): Promise<DemoAnswer> {
    const { method, product, path, parameters = [], body } = call
    const headers: Record<string, string> = { ...call.headers, host: this.hostOf(product) }
    if (typeof body === 'string') headers['content-length'] = String(Buffer.byteLength(body))
    const nowSeconds = Math.floor(Date.now() / 1000)
    const authorization = signRequest({ method, path, parameters, headers }, this.#key, {
      startSeconds: nowSeconds - 60,
      endSeconds: nowSeconds + 600,
    })
    const query = parameters.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join('&')
    const target = percentEncodeKey(path) + (query === '' ? '' : `?${query}`)
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        const stopped = this.#signal.aborted ? this.#signal.reason : null
        reject(stopped ?? new DemoFailure(`${method} ${path} got no answer: ${messageOf(error)}`, { cause: error }))
      }
      const request = httpRequest(
        {
          hostname: this.#server.hostname,
          port: this.#server.port,
          method,
          path: target,
          headers: { ...headers, authorization },
          signal: this.#signal,
        },
        (response) => {
          const pieces: Buffer[] = []
          response.on('data', (piece: Buffer) => pieces.push(piece))
          response.on('error', fail)
          response.on('end', () => {
            const bytes = Buffer.concat(pieces)
            const { statusCode = 0, headers: answered } = response
            if (statusCode === 200) resolve({ headers: answered, body: bytes, xml: () => readXml(bytes) })
            else reject(new DemoFailure(`${method} ${path} was answered with ${statusCode}: ${refusalIn(bytes)}`))
          })
        },
      )
      request.on('error', fail)
      if (typeof body === 'object') {
        body.on('error', (error) => request.destroy(error))
        body.pipe(request)
      } else {
        request.end(body)
      }
    })
  }
}

/** `Code` and `Message` of an error document, else the bytes as they came. */
function refusalIn(bytes: Buffer): string {
  try {
    const textOf = (name: string): string => readXml(bytes).children.find((child) => child.name === name)?.text ?? ''
    return `${textOf('Code')}, ${textOf('Message')}`
  } catch {
    return bytes.toString('utf8').slice(0, 500) || '(nothing)'
  }
}
