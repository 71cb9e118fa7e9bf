import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, startApp } from '../../src/app.ts'
import { type Log, silentLog } from '../../src/base/index.ts'
import { type KeyPair, signRequest } from '../../src/http/authentication/index.ts'
import { allSettings, readSettings } from '../../src/settings/index.ts'
import { readXml, type XmlElement } from '../../src/wire/index.ts'
import { freshLedger } from './ledger.ts'
import { type Receiver, startReceiver } from './receiver.ts'

export const bucket = 'album-1250000000'
export const region = 'ap-test'
export const secretId = 'AKIDforTheTestsOfThisProject0000000'
export const secretKey = 'secretForTheTestsOfThisProject00000'
export const webhookSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As they came, alternating names and values. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly text: string
  /** The document of an XML answer. */
  xml(): XmlElement
}

export interface Call {
  readonly method?: string
  /** As it goes into the request line, query included; already percent-encoded. */
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Default: signed with the house's key pair. */
  readonly signed?: boolean
  /** Default: the house's. */
  readonly key?: KeyPair
}

/** A whole running server with a receiver beside it, and the means to talk to both. */
export interface House {
  readonly app: App
  readonly receiver: Receiver
  /** To any host. */
  send(host: string, call: Call): Promise<Answer>
  /** To `<bucket>.cos.<region>…`. */
  cos(call: Call): Promise<Answer>
  /** To `<bucket>.ci.<region>…`. */
  ci(call: Call): Promise<Answer>
  /** Uploads; fails unless 200. */
  put(key: string, body: Uint8Array, headers?: Record<string, string>): Promise<Answer>
  /** Submits the XML of a job; fails unless 200. Gives its id. */
  submit(xml: string): Promise<string>
  /** The `JobsDetail` of a job, once it has ended. */
  ended(jobId: string): Promise<XmlElement>
  /** Stops the server and starts another on the same data folder. */
  restart(): Promise<void>
  close(): Promise<void>
}

/** The settings of a small server with the bucket and the keys of the tests, on any free port. */
export function houseEnvironment(dataDir: string): Record<string, string> {
  return {
    PIXMILL_PORT: '0',
    PIXMILL_DATA_DIR: dataDir,
    PIXMILL_SECRET_ID: secretId,
    PIXMILL_SECRET_KEY: secretKey,
    PIXMILL_WEBHOOK_SECRET: webhookSecret,
    PIXMILL_BUCKETS: `${bucket}@${region}`,
    PIXMILL_ENGINES: '1',
  }
}

export async function startHouse(
  environment: Record<string, string> = {},
  options: { log?: Log } = {},
): Promise<House> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-house-'))
  const ledger = await freshLedger()
  const settings = readSettings(allSettings, {
    environment: {
      ...houseEnvironment(join(folder, 'data')),
      PIXMILL_STOP_GRACE: '2000',
      ...ledger.environment,
      ...environment,
    },
  })
  const receiver = await startReceiver()
  let app = await startApp(settings, options.log ?? silentLog)
  const ends = new Map<string, Promise<unknown>>()
  const listen = (): void => {
    app.signals.worker.on('job ended', (facts) => {
      ends.set((facts as { jobId: string }).jobId, Promise.resolve())
    })
  }
  listen()

  const call = (host: string, one: Call): Promise<Answer> => send(app.url, host, one)
  const house: House = {
    get app() {
      return app
    },
    receiver,
    send: call,
    cos: (one) => call(`${bucket}.cos.${region}.pixmill.test`, one),
    ci: (one) => call(`${bucket}.ci.${region}.pixmill.test`, one),
    async put(key, body, headers = {}) {
      const target = `/${key.split('/').map(encodeURIComponent).join('/')}`
      const answer = await house.cos({ method: 'PUT', target, body, headers })
      if (answer.status !== 200) throw new Error(`PUT ${key}: ${answer.status} ${answer.text}`)
      return answer
    },
    async submit(xml) {
      const answer = await house.ci({ method: 'POST', target: '/jobs', body: xml })
      if (answer.status !== 200) throw new Error(`POST /jobs: ${answer.status} ${answer.text}`)
      return textAt(answer.xml(), 'JobsDetail/JobId')
    },
    async ended(jobId) {
      if (!ends.has(jobId)) {
        await app.signals.worker.next('job ended', (facts) => (facts as { jobId: string }).jobId === jobId)
      }
      const answer = await house.ci({ target: `/jobs/${jobId}` })
      return answer.xml().children.find((child) => child.name === 'JobsDetail')!
    },
    async restart() {
      await app.stop()
      app = await startApp(settings, options.log ?? silentLog)
      listen()
    },
    async close() {
      await app.stop()
      await receiver.close()
      await ledger.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return house
}

/** A job as the protocol writes it; whatever is left out is left out. */
export function jobXml(fields: {
  input?: string
  rule?: string
  isPicInfo?: string
  templateId?: string
  output?: string
  outputBucket?: string
  callback?: string
  format?: string
  level?: number
  userData?: string
  queueId?: string
}): string {
  const tag = (name: string, value: string | number | undefined): string =>
    value === undefined ? '' : `<${name}>${escapeXml(String(value))}</${name}>`
  const inline =
    fields.rule === undefined
      ? ''
      : `<PicProcess>${tag('IsPicInfo', fields.isPicInfo)}${tag('ProcessRule', fields.rule)}</PicProcess>`
  return `<Request><Tag>PicProcess</Tag>${tag('QueueId', fields.queueId)}<Input>${tag('Object', fields.input ?? 'in.jpg')}</Input><Operation>${tag('TemplateId', fields.templateId)}${inline}<Output>${tag('Region', region)}${tag('Bucket', fields.outputBucket ?? bucket)}${tag('Object', fields.output ?? 'out.jpg')}</Output>${tag('UserData', fields.userData)}${tag('JobLevel', fields.level)}</Operation>${tag('CallBack', fields.callback)}${tag('CallBackFormat', fields.format)}</Request>`
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The text at a path below an element; `''` for an empty one. Fails when there is none: the test expected it. */
export function textAt(root: XmlElement, path: string): string {
  const found = find(root, path)
  if (found === undefined) throw new Error(`there is no ${path} below ${root.name}`)
  return found.text
}

export function find(root: XmlElement, path: string): XmlElement | undefined {
  let here: XmlElement | undefined = root
  for (const name of path.split('/')) here = here?.children.find((child) => child.name === name)
  return here
}

/** One request over a connection of its own, signed unless told otherwise. */
export function send(url: string, host: string, one: Call): Promise<Answer> {
  const method = one.method ?? 'GET'
  const body = one.body === undefined ? undefined : Buffer.from(one.body as Uint8Array)
  const headers: Record<string, string> = { host, ...one.headers }
  if (body !== undefined && headers['transfer-encoding'] === undefined)
    headers['content-length'] ??= String(body.length)
  if (one.signed !== false) {
    const now = Math.floor(Date.now() / 1000)
    const [path = '/', query = ''] = splitOnce(one.target, '?')
    headers.authorization = signRequest(
      {
        method,
        path: decodeURIComponent(path),
        parameters: query
          .split('&')
          .filter((pair) => pair !== '')
          .map((pair) => splitOnce(pair, '=').map(decodeURIComponent) as [string, string]),
        headers: { host },
      },
      one.key ?? { secretId, secretKey },
      { startSeconds: now - 1, endSeconds: now + 600 },
    )
  }
  return roundTrip(url, { method, path: one.target, headers }, body)
}

/** What is sent is what is said here: nothing is added, and the connection is closed. */
export function roundTrip(
  url: string,
  sent: { readonly method: string; readonly path: string; readonly headers: Record<string, string> | string[] },
  body?: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { ...sent, agent: false, setHost: false }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(pieces)
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: bytes,
          text: bytes.toString('utf8'),
          xml: () => readXml(bytes),
        })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

function splitOnce(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** A key that no other test uses. */
export function freshKey(extension = 'jpg'): string {
  return `t/${randomBytes(6).toString('hex')}.${extension}`
}
