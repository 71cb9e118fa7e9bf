import { type Clock, newId } from '../base/index.ts'
import {
  type CallbackProfile,
  contentTypeOf,
  type DocumentFormat,
  type JobsDetail,
  renderTaskFinish,
} from '../wire/index.ts'
import { maskUrl } from './mask-url.ts'
import { signWebhook } from './signature.ts'
import type { Sink } from './sink.ts'

/** By this a receiver knows that an event tells of nothing. */
export const TEST_USER_DATA = 'pixmill test'

export interface TestReceiverOptions {
  readonly sink: Sink
  /** `whsec_…`, all that are valid now. */
  readonly secrets: () => readonly string[]
  readonly profile: CallbackProfile
  /** Minutes east of UTC in which times are written. */
  readonly timeZoneOffsetMinutes: number
  readonly clock: Clock
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
  url: string,
  format: DocumentFormat,
  { sink, secrets, profile, timeZoneOffsetMinutes, clock }: TestReceiverOptions,
): Promise<TestedReceiver> {
  const now = clock.now()
  const eventId = newId.event(now)
  const body = Buffer.from(renderTaskFinish(nothingDone(now), { format, profile, timeZoneOffsetMinutes }), 'utf8')
  const timestampSeconds = Math.floor(now / 1000)
  const valid = secrets()
  const begunAt = performance.now()
  const { status, address, answer, error } = await sink.send(
    {
      url,
      headers: {
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

/** A job that never was. */
function nothingDone(now: number): JobsDetail {
  const place = { bucket: 'test-1250000000', region: 'test' }
  return {
    jobId: newId.job(now),
    state: 'Success',
    code: 'Success',
    message: '',
    creationTimeMs: now,
    startTimeMs: now,
    endTimeMs: now,
    queueId: `p${'0'.repeat(32)}`,
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
