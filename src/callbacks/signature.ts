import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { Failure } from '../base/index.ts'

/** How far the two clocks may be apart when a signature is checked. @source Standard Webhooks 1.0.0 */
export const SIGNATURE_TOLERANCE_SECONDS = 5 * 60

const PREFIX = 'whsec_'

/** What a signature speaks for. */
export interface SignedContent {
  /** The `webhook-id`: the same in every attempt. */
  readonly id: string
  /** The `webhook-timestamp`: UTC seconds of this attempt. */
  readonly timestampSeconds: number
  /** The exact bytes of the body. */
  readonly body: Uint8Array
}

/** A new secret: `whsec_` and the Base64 of 32 random bytes. */
export function newWebhookSecret(): string {
  return PREFIX + randomBytes(32).toString('base64')
}

/**
 * The key inside a secret.
 *
 * @throws Failure `InvalidArgument` when it is not `whsec_` and the Base64 of 24 to 64 bytes. The message does not
 * repeat the secret.
 */
export function webhookKey(secret: string): Buffer {
  const text = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : null
  const key = text === null ? null : Buffer.from(text, 'base64')
  // Buffer skips what is no Base64; a key that does not come out as it went in was not meant as one.
  if (key === null || key.length < 24 || key.length > 64 || unpadded(key.toString('base64')) !== unpadded(text!)) {
    throw new Failure(
      'InvalidArgument',
      `A webhook secret of ${secret.length} characters was given, expected ${PREFIX} and the Base64 of 24 to 64 bytes.`,
    )
  }
  return key
}

/**
 * The `webhook-signature`: one `v1,…` for each secret, separated by blanks. During a rotation both secrets sign, so a
 * receiver may change over whenever it likes.
 *
 * @source Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, in Base64
 */
export function signWebhook(content: SignedContent, secrets: readonly string[]): string {
  return secrets.map((secret) => `v1,${hmac(content, webhookKey(secret)).toString('base64')}`).join(' ')
}

export interface ReceivedWebhook {
  /** Of the request, by lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array
}

export interface VerifyOptions {
  /** All that are valid now. */
  readonly secrets: readonly string[]
  /** UTC milliseconds. */
  readonly nowMs: number
  /** Default five minutes. */
  readonly toleranceSeconds?: number
}

/**
 * Whether a request carries a signature that one of the secrets makes, not older and not newer than the tolerance.
 * Signatures of other versions than `v1` are passed over. Compares in constant time.
 *
 * @returns `null` when it does, else why it does not, in words for a log.
 */
export function webhookRefusal({ headers, body }: ReceivedWebhook, options: VerifyOptions): string | null {
  const [id, timestamp, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    (name) => headers[name],
  )
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') {
    return 'webhook-id, webhook-timestamp or webhook-signature is missing or there twice'
  }
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp is not a number of seconds'
  const timestampSeconds = Number(timestamp)
  const away = Math.abs(Math.floor(options.nowMs / 1000) - timestampSeconds)
  if (away > (options.toleranceSeconds ?? SIGNATURE_TOLERANCE_SECONDS)) {
    return `webhook-timestamp is ${away} s away from now`
  }
  const expected = options.secrets.map((secret) => hmac({ id, timestampSeconds, body }, webhookKey(secret)))
  const given = signatures.split(' ').flatMap((signature) => {
    const [version, base64] = signature.split(',')
    return version === 'v1' && base64 !== undefined ? [Buffer.from(base64, 'base64')] : []
  })
  // Every pair is compared, so the time taken does not say which one fits.
  const fitting = given.filter(
    (one) => expected.filter((it) => one.length === it.length && timingSafeEqual(one, it)).length > 0,
  )
  return fitting.length > 0 ? null : 'no signature in webhook-signature fits'
}

function hmac({ id, timestampSeconds, body }: SignedContent, key: Buffer): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestampSeconds}.`).update(body).digest()
}

function unpadded(base64: string): string {
  return base64.replace(/=+$/, '')
}
