import { ReceiverError } from './receiver-error.ts'

/**
 * How far the two clocks may be apart. @source Standard Webhooks 1.0.0
 *
 * @internal
 */
export const DEFAULT_TOLERANCE_SECONDS = 300

const PREFIX = 'whsec_'
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * A secret as text: `whsec_` and the Base64 of 24 to 64 bytes. Several in a list, or in one text with blanks or commas between
 * them, as in the server's own `PIXMILL_WEBHOOK_SECRET`.
 */
export type Secrets = string | readonly string[]

/**
 * What a signature speaks for.
 *
 * @internal
 */
export interface SignedContent {
  /** The `webhook-id`. */
  readonly id: string
  /** The `webhook-timestamp`, as it stands in the header. */
  readonly timestamp: string
  /** The exact bytes of the body. */
  readonly body: Uint8Array
}

/**
 * The keys inside the secrets.
 *
 * @throws ReceiverError `InvalidOption`; the message does not repeat the secret
 *
 * @internal
 */
export function keysOf(secrets: Secrets): readonly ArrayBuffer[] {
  const list = typeof secrets === 'string' ? secrets.trim().split(/[\s,]+/) : secrets
  if (!Array.isArray(list) || list.length === 0) {
    throw new ReceiverError('InvalidOption', 'secrets is empty, expected at least one whsec_… secret.')
  }
  return list.map(keyOf)
}

function keyOf(secret: unknown): ArrayBuffer {
  const text = typeof secret === 'string' ? secret.trim() : ''
  const base64 = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : ''
  const key = BASE64.test(base64) ? fromBase64(base64) : null
  if (key !== null && key.byteLength >= 24 && key.byteLength <= 64) return key
  const what = typeof secret === 'string' ? `a text of ${secret.length} characters` : `of type ${typeof secret}`
  throw new ReceiverError(
    'InvalidOption',
    `A secret is ${what}, expected "${PREFIX}" and the Base64 of 24 to 64 bytes. Is the environment variable set?`,
  )
}

/**
 * The signature of some content with one key: the Base64 that stands behind `v1,` in `webhook-signature`.
 *
 * Made with Web Crypto, which every runtime has; that is why verifying is asynchronous.
 *
 * @source Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`
 *
 * @internal
 */
export async function signatureOf(content: SignedContent, key: ArrayBuffer): Promise<string> {
  const head = new TextEncoder().encode(`${content.id}.${content.timestamp}.`)
  const signed = new Uint8Array(head.length + content.body.length)
  signed.set(head)
  signed.set(content.body, head.length)
  const { subtle } = globalThis.crypto
  const hmac = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return btoa(String.fromCharCode(...new Uint8Array(await subtle.sign('HMAC', hmac, signed))))
}

/**
 * Whether two texts are the same, in a time that tells nothing of where they differ. Lengths are no secret here.
 *
 * @internal
 */
export function sameText(one: string, other: string): boolean {
  if (one.length !== other.length) return false
  let difference = 0
  for (let index = 0; index < one.length; index += 1) difference |= one.charCodeAt(index) ^ other.charCodeAt(index)
  return difference === 0
}

/** `null` when it is none. */
function fromBase64(text: string): ArrayBuffer | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer
  } catch {
    return null
  }
}
