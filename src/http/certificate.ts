import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import { createSecureContext } from 'node:tls'
import { type Agent, every, Failure, type Log, Signals } from '../base/index.ts'

/** A certificate with what stands below it in its chain, and its key, as PEM. */
export interface CertificatePair {
  readonly cert: string
  readonly key: string
}

/** `taken`: new files are in use. `refused`: they cannot be used, and what was in use goes on. */
export type CertificateSignal = 'taken' | 'refused'

export interface CertificateDeps {
  readonly certFile: string
  readonly keyFile: string
  readonly log: Log
  /** From one look at the files to the next. Watching would miss files that are swapped by way of a link. */
  readonly lookEveryMs?: number
}

const LOOK_EVERY_MS = 1_000
const HANDSHAKE_TIMEOUT_MS = 20_000

/** The certificate of the server, read again when its files change. */
export class Certificate implements Agent {
  readonly signals = new Signals<CertificateSignal>()
  readonly #deps: CertificateDeps
  readonly #looking: Agent
  #pair: CertificatePair | null = null
  /** Of the files that were looked into last, good or bad. */
  #marks = ''

  constructor(deps: CertificateDeps) {
    this.#deps = deps
    this.#looking = every({
      everyMs: deps.lookEveryMs ?? LOOK_EVERY_MS,
      round: () => this.#look(),
      whenItFails: 'the files of the certificate cannot be looked at; the one in use goes on',
      log: deps.log,
    })
  }

  /** A server that speaks TLS; new connections get the certificate that is then in use. Only after `start`. */
  createServer<Response extends typeof ServerResponse<IncomingMessage>>(
    options: ServerOptions<typeof IncomingMessage, Response>,
    handle: RequestListener<typeof IncomingMessage, Response>,
  ): Server<typeof IncomingMessage, Response> {
    const server = createServer({ ...options, ...this.#pair, handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, handle)
    this.signals.on('taken', () => server.setSecureContext({ ...this.#pair }))
    return server
  }

  /** @throws Failure `InvalidArgument` when the files cannot be used */
  async start(): Promise<void> {
    if (this.#pair !== null) return
    const { certFile, keyFile } = this.#deps
    try {
      this.#marks = await this.#marksNow()
      this.#take(await this.#read())
    } catch (cause) {
      throw new Failure(
        'InvalidArgument',
        `PIXMILL_TLS_CERT is ${certFile} and PIXMILL_TLS_KEY is ${keyFile}, expected a certificate and its key as PEM: ${(cause as Error).message}.`,
      )
    }
    await this.#looking.start()
  }

  async stop(): Promise<void> {
    await this.#looking.stop()
  }

  async #look(): Promise<void> {
    const marks = await this.#marksNow()
    if (marks === this.#marks) return
    this.#marks = marks
    const { certFile, keyFile, log } = this.#deps
    try {
      this.#take(await this.#read())
      this.signals.announce('taken')
    } catch (error) {
      // Half of two files that are replaced one after the other does not fit together: the next look finds both.
      log.error({ err: error, certFile, keyFile }, 'the new certificate cannot be used; the one in use goes on')
      this.signals.announce('refused')
    }
  }

  async #read(): Promise<CertificatePair> {
    const { certFile, keyFile } = this.#deps
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
    // An empty key would pass for none, and a server without one cannot greet anybody.
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
      throw new Error('the key is that of another certificate')
    }
    // The rest of the chain.
    createSecureContext({ cert, key })
    return { cert, key }
  }

  #take(pair: CertificatePair): void {
    this.#pair = pair
    const { subject, validTo } = new X509Certificate(pair.cert)
    const facts = { subject: subject?.replaceAll('\n', ', '), validTo }
    if (Date.parse(validTo) > Date.now()) this.#deps.log.info(facts, 'the certificate of the server was read')
    else this.#deps.log.warn(facts, 'the certificate of the server has ended; clients will refuse it')
  }

  async #marksNow(): Promise<string> {
    const marks = [this.#deps.certFile, this.#deps.keyFile].map((file) =>
      stat(file).then(
        ({ ino, size, mtimeMs }) => `${ino} ${size} ${mtimeMs}`,
        (error: NodeJS.ErrnoException) => `${error.code}`,
      ),
    )
    return (await Promise.all(marks)).join(', ')
  }
}
