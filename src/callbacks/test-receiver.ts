import { type Clock, Failure, newId } from '../base/index.ts'
import {
  type CallbackProfile,
  contentTypeOf,
  type DocumentFormat,
  type JobsDetail,
  renderTaskFinish,
} from '../wire/index.ts'
import { maskUrl } from './mask-url.ts'
import type { Route } from './routing.ts'
import { signWebhook } from './signature.ts'
import type { SigningBook } from './signing-book.ts'
import type { CallbackGround } from './signing-store.ts'
import type { Sink } from './sink.ts'

/** By this a receiver knows that an event tells of nothing. */
export const TEST_USER_DATA = 'pixmill test'

export interface TestReceiverOptions {
  readonly sink: Sink
  readonly signing: Pick<SigningBook, 'groundOf' | 'secretsFor' | 'headersFor'>
  /** The server's. */
  readonly profile: CallbackProfile
  /** Minutes east of UTC in which times are written. */
  readonly timeZoneOffsetMinutes: number
  readonly clock: Clock
}

/** What is asked for. */
export interface ReceiverTest {
  /** `null`: the own address of the queue or workflow. */
  readonly url: string | null
  /** `null`: as the queue or workflow has it when it goes to its own address, else XML. */
  readonly format: DocumentFormat | null
  /** Whose callback it is to be like: its secrets, its profile, its headers. Default: one that only the server has a say in. */
  readonly like?: { readonly kind: 'queue' | 'workflow'; readonly id: string }
}

/** What came of a test. */
export interface TestedReceiver {
  readonly delivered: boolean
  readonly eventId: string
  /** Masked. */
  readonly url: string
  readonly status: number | null
  readonly address: string | null
  readonly durationMs: number
  readonly answer: string
  readonly error: string | null
}

/**
 * Sends an event that looks like any other, signed as any other, and tells of nothing: once, now, and without a record, so
 * that whoever sets up a receiver sees at once what it answers.
 */
export async function testReceiver(
  { url: askedUrl, format: askedFormat, like }: ReceiverTest,
  { sink, signing, profile, timeZoneOffsetMinutes, clock }: TestReceiverOptions,
): Promise<TestedReceiver> {
  const ground = like === undefined ? NO_GROUND : await signing.groundOf(like)
  const { url, format, byQueue } = routeOf(askedUrl, askedFormat, ground)
  const now = clock.now()
  const eventId = newId.event(now)
  const options = { format, profile: ground.profile ?? profile, timeZoneOffsetMinutes }
  const body = Buffer.from(renderTaskFinish(nothingDone(now, ground.queueId), options), 'utf8')
  const timestampSeconds = Math.floor(now / 1000)
  const valid = signing.secretsFor(ground)
  const begunAt = performance.now()
  const { status, address, answer, error } = await sink.send(
    {
      url,
      headers: {
        ...Object.fromEntries(
          signing.headersFor({ queueId: ground.queueId, byQueue }).map(({ name, value }) => [name, value]),
        ),
        'Content-Type': contentTypeOf[format],
        'User-Agent': 'Pixmill',
        'webhook-id': eventId,
        'webhook-timestamp': String(timestampSeconds),
        ...(valid.length === 0
          ? {}
          : { 'webhook-signature': signWebhook({ id: eventId, timestampSeconds, body }, valid) }),
      },
      body,
    },
    new AbortController().signal,
  )
  const delivered = status !== null && status >= 200 && status < 300
  return {
    delivered,
    eventId,
    url: maskUrl(url),
    status,
    address,
    durationMs: Math.round(performance.now() - begunAt),
    answer,
    error: error ?? (delivered ? null : `answered ${status}`),
  }
}

const NO_GROUND: CallbackGround = { queueId: null, workflowId: null, profile: null, to: null }

/** Where it goes and how. A queue's headers go along to its own address only: they may be that receiver's password. */
function routeOf(
  url: string | null,
  format: DocumentFormat | null,
  { to, queueId, workflowId }: CallbackGround,
): Route {
  if (url === null && to === null) {
    const whose = workflowId === null ? `The queue ${queueId}` : `The workflow ${workflowId}`
    throw new Failure('InvalidArgument', `${whose} has no address of its own, expected url or receiver.`, {
      details: { field: 'url' },
    })
  }
  if (to === null || (url !== null && url !== to.url)) return { url: url!, format: format ?? 'XML', byQueue: false }
  return { ...to, format: format ?? to.format }
}

/** A job that never was. */
function nothingDone(now: number, queueId: string | null): JobsDetail {
  const place = { bucket: 'test-1250000000', region: 'test' }
  return {
    jobId: newId.job(now),
    state: 'Success',
    code: 'Success',
    message: '',
    creationTimeMs: now,
    startTimeMs: now,
    endTimeMs: now,
    queueId: queueId ?? `p${'0'.repeat(32)}`,
    input: { ...place, object: 'pixmill-test.jpg', cosHeaders: [] },
    template: null,
    picProcess: { isPicInfo: false, processRule: 'imageMogr2/thumbnail/100x' },
    output: { ...place, object: 'pixmill-test-small.jpg' },
    userData: TEST_USER_DATA,
    jobLevel: 0,
    result: null,
    workflow: null,
  }
}
