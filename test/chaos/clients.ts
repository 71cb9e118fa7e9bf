import { createHash } from 'node:crypto'
import sharp from 'sharp'
import { type Answer, bucket, type Call, jobXml, region, send, textAt } from '../support/house.ts'
import type { ServerGroup } from '../support/server-group.ts'
import type { Chance } from './chance.ts'
import type { Journal, SubmitTried } from './journal.ts'
import { ownWayPaths, type ReceiverPath, type Receivers } from './receivers.ts'

const RULES = [
  'imageMogr2/thumbnail/24x',
  'imageMogr2/rotate/90',
  'imageMogr2/thumbnail/!50p/format/webp',
  'imageMogr2/format/png',
  'imageMogr2/thumbnail/!200p/quality/90',
]
/** Jobs that have ended in nobody's ears yet; with more than these the clients wait. */
const MOST_UNTOLD = 50

/** One source object of a client, which alone writes it. */
export interface Source {
  readonly key: string
  /** `steady`: overwritten, never deleted · `fleeting`: deleted now and then · `broken`: no picture. */
  readonly kind: 'steady' | 'fleeting' | 'broken'
}

export interface ClientsOptions {
  readonly server: ServerGroup
  readonly receivers: Receivers
  readonly journal: Journal
  readonly chance: Chance
}

/**
 * Programs that use the server while it is killed: they go on the moment it is back, and write down what they were told
 * and what they cannot know.
 */
export class Clients {
  readonly #options: ClientsOptions
  readonly #acknowledged: string[] = []
  readonly #pictures: Buffer[] = []
  #submits = 0
  #queueId: string | null = null
  #stopping = false
  #running: Promise<unknown> = Promise.resolve()

  constructor(options: ClientsOptions) {
    this.#options = options
  }

  /** Draws some source pictures, one colour each, so that a result shows which of them it was made of. */
  async prepare(): Promise<void> {
    const { chance, journal } = this.#options
    for (let n = 0; n < 24; n += 1) {
      const colour = [chance.between(0, 255), chance.between(0, 255), chance.between(0, 255)] as const
      const [width, height] = n % 8 === 0 ? [1_400, 1_000] : [chance.between(40, 160), chance.between(40, 120)]
      const drawn = sharp({
        create: { width, height, channels: 3, background: { r: colour[0], g: colour[1], b: colour[2] } },
      })
      const bytes = await (n % 3 === 0 ? drawn.png() : drawn.jpeg({ quality: 95 })).toBuffer()
      this.#pictures.push(bytes)
      journal.colours.set(md5(bytes), colour)
      journal.kinds.set(md5(bytes), 'picture')
    }
  }

  start(clients = 4): void {
    const loops = Array.from({ length: clients }, (_, number) => this.#client(number))
    this.#running = Promise.all([...loops, this.#pauser()])
  }

  /** Every client ends what it is at; the queue is active afterwards. */
  async stop(): Promise<void> {
    this.#stopping = true
    await this.#running
  }

  async #client(number: number): Promise<void> {
    const { chance } = this.#options
    const sources: Source[] = [
      { key: `source/${number}-steady`, kind: 'steady' },
      { key: `source/${number}-fleeting`, kind: 'fleeting' },
      { key: `source/${number}-broken`, kind: 'broken' },
    ]
    for (const source of sources) await this.write(source)
    while (!this.#stopping) {
      await this.#room()
      await this.#act(chance.isHit(0.9) ? sources[chance.between(0, 1)]! : sources[2]!)
      await pause(chance.between(0, 30))
    }
  }

  async #act(source: Source): Promise<void> {
    const { chance } = this.#options
    const dice = chance.next()
    if (dice < 0.6) await this.submit(source)
    else if (dice < 0.72) await this.write(source)
    else if (dice < 0.78 && source.kind === 'fleeting') await this.remove(source)
    else if (dice < 0.84) await this.writeInParts({ key: source.key.replace('source/', 'parts/') })
    else if (dice < 0.9) await this.#cancelOne()
    else await this.#lookAtOne()
  }

  /** So that what is unfinished when the load ends is little. */
  async #room(): Promise<void> {
    const { receivers, journal } = this.#options
    for (let n = 0; n < 100 && !this.#stopping; n += 1) {
      const untold = journal.submits.filter(
        ({ jobId, callback }) =>
          jobId !== null && callback !== null && !journal.cancelled.has(jobId) && !receivers.hasTaken(jobId),
      )
      if (untold.length < MOST_UNTOLD) return
      await receivers.next(200)
    }
  }

  /** @param toldAt where the callback goes. Default: anywhere, now and then nowhere. */
  async submit(source: Source, toldAt?: ReceiverPath): Promise<SubmitTried> {
    const { chance, receivers, journal } = this.#options
    const path = toldAt ?? (chance.isHit(0.9) ? chance.oneOf(ownWayPaths) : null)
    this.#submits += 1
    const tried = {
      tag: `submit-${this.#submits}`,
      input: source.key,
      output: `made/${this.#submits}`,
      callback: path,
      mayEnd: endsOf(source),
    }
    const answer = await this.ci({
      method: 'POST',
      target: '/jobs',
      body: jobXml({
        input: source.key,
        rule: chance.oneOf(RULES),
        isPicInfo: String(chance.isHit(0.3)),
        output: tried.output,
        ...(path === null ? {} : { callback: receivers.urlOf(path), format: chance.oneOf(['XML', 'JSON']) }),
        level: chance.between(0, 2),
        userData: tried.tag,
      }),
    })
    const jobId = this.expect(answer, 'submit', [200]) ? textAt(answer!.xml(), 'JobsDetail/JobId') : null
    const submit = { ...tried, jobId }
    journal.submits.push(submit)
    if (jobId !== null) this.#acknowledged.push(jobId)
    return submit
  }

  /** Writes a new version; tries until one was acknowledged when there is none yet. */
  async write({ key, kind }: Source): Promise<void> {
    const { chance, journal } = this.#options
    do {
      const body = kind === 'broken' ? Buffer.from(`no picture ${chance.next()}`) : chance.oneOf(this.#pictures)
      const answer = await this.cos({ method: 'PUT', target: `/${key}`, body })
      journal.noteWrite(key, { md5: md5(body), acknowledged: this.expect(answer, 'PUT', [200]) })
    } while (!this.#stopping && !journal.writes.get(key)!.some(({ acknowledged }) => acknowledged))
  }

  /**
   * Writes a new version in parts, each step until it was answered: a client that is not answered asks again, and what was
   * acknowledged before a kill is there afterwards.
   */
  async writeInParts({ key }: Pick<Source, 'key'>): Promise<void> {
    const { chance, journal } = this.#options
    const body = chance.oneOf(this.#pictures)
    const cut = chance.between(1, body.length - 1)
    const pieces = [body.subarray(0, cut), body.subarray(cut)]
    const etag = `${createHash('md5')
      .update(Buffer.concat(pieces.map((piece) => createHash('md5').update(piece).digest())))
      .digest('hex')}-2`
    const started = await this.#untilAnswered('beginning of an upload', { method: 'POST', target: `/${key}?uploads` })
    const upload = `uploadId=${textAt(started.xml(), 'UploadId')}`
    for (const at of [1, 0]) {
      const target = `/${key}?partNumber=${at + 1}&${upload}`
      await this.#untilAnswered('PUT of a part', { method: 'PUT', target, body: pieces[at]! })
    }
    const named = pieces.map((piece, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${md5(piece)}</ETag></Part>`)
    const completion = `<CompleteMultipartUpload>${named.join('')}</CompleteMultipartUpload>`
    const completed = await this.#untilAnswered('completion', {
      method: 'POST',
      target: `/${key}?${upload}`,
      body: completion,
    })
    const told = completed.status === 200 ? textAt(completed.xml(), 'ETag') : ''
    if (told !== `"${etag}"`) journal.oddAnswers.push(`${key} was completed as ${told}, expected "${etag}"`)
    journal.noteWrite(key, { md5: md5(body), etag, acknowledged: true })
  }

  /** Asks again as long as the connection breaks: nobody knows then whether it was done. */
  async #untilAnswered(what: string, call: Call): Promise<Answer> {
    for (;;) {
      const answer = await this.cos(call)
      if (answer === null) continue
      this.expect(answer, what, [200])
      return answer
    }
  }

  async remove({ key }: Source): Promise<void> {
    const answer = await this.cos({ method: 'DELETE', target: `/${key}` })
    this.#options.journal.noteWrite(key, { md5: null, acknowledged: this.expect(answer, 'DELETE', [204]) })
  }

  async #cancelOne(): Promise<void> {
    // Of the newest: the others have ended.
    if (this.#acknowledged.length > 0) await this.cancel(this.#options.chance.oneOf(this.#acknowledged.slice(-6)))
  }

  async cancel(jobId: string): Promise<void> {
    const { journal } = this.#options
    journal.cancelTried.add(jobId)
    const answer = await this.ci({ method: 'PUT', target: `/jobs/${jobId}?cancel` })
    if (this.expect(answer, 'cancel', [200, 400]) && answer!.status === 200) journal.cancelled.add(jobId)
  }

  async #lookAtOne(): Promise<void> {
    const { chance, journal } = this.#options
    if (this.#acknowledged.length === 0) return
    const jobId = chance.oneOf(this.#acknowledged)
    const answer = await this.ci({ target: `/jobs/${jobId}` })
    if (!this.expect(answer, 'GET of a job', [200])) return
    const document = detailsIn(answer!.text)[0]
    if (document === undefined) journal.oddAnswers.push(`job ${jobId} was acknowledged and is not found`)
    else if (/<State>(Success|Failed|Cancel)</.test(document) && !journal.seenEnded.has(jobId))
      journal.seenEnded.set(jobId, document)
  }

  /** Pauses the queue for a moment now and then. */
  async #pauser(): Promise<void> {
    const { chance } = this.#options
    while (!this.#stopping) {
      await pause(chance.between(100, 600))
      await this.setQueue('Paused')
      await pause(chance.between(20, 200))
      while (!(await this.setQueue('Active'))) if (this.#stopping) break
    }
  }

  /** `false` when nobody knows, or there is no queue yet. */
  async setQueue(state: 'Active' | 'Paused'): Promise<boolean> {
    if (this.#queueId === null) {
      const answer = await this.ci({ target: '/picqueue' })
      if (!this.expect(answer, 'GET of the queues', [200])) return false
      this.#queueId = /<QueueId>(\w+)</.exec(answer!.text)?.[1] ?? null
      if (this.#queueId === null) return false
    }
    const body = `<Request><State>${state}</State></Request>`
    const answer = await this.ci({ method: 'PUT', target: `/queue/${this.#queueId}`, body })
    return this.expect(answer, 'PUT of the queue', [200])
  }

  /** `null` when the connection broke: nobody knows then whether it was done. */
  cos(call: Call): Promise<Answer | null> {
    return this.#ask(`${bucket}.cos.${region}.pixmill.test`, call)
  }

  ci(call: Call): Promise<Answer | null> {
    return this.#ask(`${bucket}.ci.${region}.pixmill.test`, call)
  }

  /** The JSON door. */
  api(call: Call): Promise<Answer | null> {
    return this.#ask('localhost', call)
  }

  async #ask(host: string, call: Call): Promise<Answer | null> {
    const url = await this.#options.server.whenUp()
    try {
      return await send(url, host, call)
    } catch {
      return null
    }
  }

  /** Whether it was answered, and with one of these. Anything else is written down. */
  expect(answer: Answer | null, what: string, statuses: readonly number[]): boolean {
    if (answer === null) return false
    if (statuses.includes(answer.status)) return true
    this.#options.journal.oddAnswers.push(`${what} was answered ${answer.status}: ${answer.text}`)
    return false
  }
}

/** Every `JobsDetail` of an answer, as text. */
export function detailsIn(text: string): string[] {
  return text.match(/<JobsDetail>.*?<\/JobsDetail>/gs) ?? []
}

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

function endsOf({ kind }: Source): string[] {
  if (kind === 'broken') return ['ResourceNotSupported']
  return kind === 'steady' ? ['Success'] : ['Success', 'ResourceNotFound']
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
