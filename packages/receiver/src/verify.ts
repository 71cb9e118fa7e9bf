import { bytesOf } from './bytes-of.ts'
import { ReceiverError, said } from './receiver-error.ts'
import { DEFAULT_TOLERANCE_SECONDS, keysOf, type Secrets, sameText, signatureOf } from './signature.ts'

/** Headers as any platform has them: a Fetch `Headers`, or an object by name (Node, Lambda), in any letter case. */
export type CallbackHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** A callback as it came in. */
export interface CallbackRequest {
  readonly headers: CallbackHeaders
  /** The bytes as they came, before any parsing. A text is taken for its UTF-8. */
  readonly body: Uint8Array | string
}

export interface VerifyOptions {
  /** All that are valid now: during a rotation the old one and the new one. */
  readonly secrets: Secrets
  /** How old, and how far in the future, a request may be. Default 300. */
  readonly toleranceSeconds?: number
  /** UTC milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

/** What is known of a request that was verified. */
export interface Verified {
  /** The `webhook-id`: the same in every attempt at an event, and different for every event. */
  readonly id: string
  /** The `webhook-timestamp`: when this attempt was made. */
  readonly sentAt: Date
}

/**
 * Makes sure that a request is from somebody who has one of the secrets, unchanged, and fresh.
 *
 * @throws ReceiverError `NotSigned`, `TimestampNotAccepted`, `WrongSignature`; `InvalidOption` for an unusable secret,
 * `BodyAlreadyRead` for a body that is no longer what came
 * @source Standard Webhooks 1.0.0
 */
export async function verify(request: CallbackRequest, options: VerifyOptions): Promise<Verified> {
  return verifyWithKeys(request, keysOf(options.secrets), options)
}

/**
 * As `verify`, with secrets that were read before.
 *
 * @internal
 */
export async function verifyWithKeys(
  { headers, body }: CallbackRequest,
  keys: readonly ArrayBuffer[],
  options: Omit<VerifyOptions, 'secrets'>,
): Promise<Verified> {
  checkTolerance(options.toleranceSeconds)
  const id = header(headers, 'webhook-id')
  const timestamp = header(headers, 'webhook-timestamp')
  const given = signaturesIn(header(headers, 'webhook-signature'))
  const sentAt = timeOf(timestamp, options)
  const bytes = bytesOf(body)
  const right = await Promise.all(keys.map((key) => signatureOf({ id, timestamp, body: bytes }, key)))
  // Every pair is compared, so the time taken does not say which one fits.
  const fitting = given.filter((one) => right.filter((other) => sameText(one, other)).length > 0)
  if (fitting.length > 0) return { id, sentAt }
  throw new ReceiverError(
    'WrongSignature',
    'No signature in webhook-signature fits: the sender has another secret, or the body is not the one that was sent.',
  )
}

/**
 * What is no number is refused: compared with it, every request would be fresh. @throws ReceiverError `InvalidOption`
 *
 * @internal
 */
export function checkTolerance(toleranceSeconds: number = DEFAULT_TOLERANCE_SECONDS): void {
  if (toleranceSeconds >= 0) return
  throw new ReceiverError('InvalidOption', `toleranceSeconds is ${toleranceSeconds}, expected a number from 0.`)
}

/** One header. @throws ReceiverError `NotSigned` when it is not there exactly once */
function header(headers: CallbackHeaders, name: string): string {
  const values = typeof headers.get === 'function' ? [headers.get(name)] : valuesOf(headers, name)
  const [value] = values.flat()
  if (values.flat().length === 1 && typeof value === 'string' && value !== '') return value
  throw new ReceiverError('NotSigned', `The header ${name} is missing or there more than once.`)
}

function valuesOf(headers: CallbackHeaders, name: string): unknown[] {
  return Object.entries(headers).flatMap(([key, value]) =>
    key.toLowerCase() === name && value !== undefined ? [value] : [],
  )
}

/** The `v1` signatures; others (`v1a` is one of public keys) are passed over, as the standard wants it. */
function signaturesIn(value: string): readonly string[] {
  const given = value.split(' ').flatMap((one) => (one.startsWith('v1,') ? [one.slice(3)] : []))
  if (given.length > 0) return given
  throw new ReceiverError('NotSigned', 'webhook-signature holds no signature of version v1.')
}

function timeOf(text: string, { toleranceSeconds = DEFAULT_TOLERANCE_SECONDS, clock = Date.now }: TimeOptions): Date {
  if (!/^\d{1,12}$/.test(text)) {
    throw new ReceiverError('TimestampNotAccepted', `webhook-timestamp is ${said(text)}, expected whole seconds.`)
  }
  const away = Math.floor(clock() / 1000) - Number(text)
  if (Math.abs(away) > toleranceSeconds) {
    throw new ReceiverError(
      'TimestampNotAccepted',
      `webhook-timestamp is ${Math.abs(away)} s in the ${away > 0 ? 'past' : 'future'}, expected at most ${toleranceSeconds} s.`,
    )
  }
  return new Date(Number(text) * 1000)
}

type TimeOptions = Pick<VerifyOptions, 'toleranceSeconds' | 'clock'>
