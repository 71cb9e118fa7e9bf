import type { CallbackEvent } from '../events.ts'
import { keysOf, type Secrets, signatureOf } from '../signature.ts'
import { type DocumentOptions, renderEvent } from './documents.ts'

/** A request as the sender would make it. */
export interface Delivery {
  readonly method: 'POST'
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface SignOptions {
  /** With several, there is a signature for each, as during a rotation. */
  readonly secrets: Secrets
  /** When the attempt is made. Default now. */
  readonly sentAt?: Date
}

export interface DeliveryOptions extends SignOptions, DocumentOptions {
  /** The `webhook-id`. Default a new one. */
  readonly id?: string
}

/** An event, written and signed. */
export async function deliveryOf(event: CallbackEvent, options: DeliveryOptions): Promise<Delivery> {
  return signed(renderEvent(event, options), options)
}

/** Any body, signed. */
export async function signed(body: string, options: SignOptions & { readonly id?: string }): Promise<Delivery> {
  const id = options.id ?? `evt_${crypto.randomUUID().replaceAll('-', '')}`
  const timestamp = String(Math.floor((options.sentAt ?? new Date()).getTime() / 1000))
  const bytes = new TextEncoder().encode(body)
  const content = { id, timestamp, body: bytes }
  const signatures = await Promise.all(keysOf(options.secrets).map((key) => signatureOf(content, key)))
  return {
    method: 'POST',
    headers: {
      'content-type': body.startsWith('<') ? 'application/xml' : 'application/json',
      'content-length': String(bytes.length),
      'user-agent': 'Pixmill',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signatures.map((one) => `v1,${one}`).join(' '),
    },
    body,
  }
}

/** The next attempt at the same event: the same id and the same bytes, signed anew. */
export async function again(delivery: Delivery, options: SignOptions): Promise<Delivery> {
  return signed(delivery.body, { ...options, id: delivery.headers['webhook-id']! })
}

/** The same, but somebody has changed the body on the way. */
export function tampered(delivery: Delivery): Delivery {
  const body = delivery.body.replace(/"State":"\w+"|<State>\w+</, (found) =>
    found.replace(/Success|Failed|Running/, 'Cancel'),
  )
  const length = String(new TextEncoder().encode(body).length)
  return { ...delivery, headers: { ...delivery.headers, 'content-length': length }, body }
}

/** The same without a signature, as the service sends it whose protocol Pixmill speaks. */
export function unsigned(delivery: Delivery): Delivery {
  const headers = Object.entries(delivery.headers).filter(([name]) => !name.startsWith('webhook-'))
  return { ...delivery, headers: Object.fromEntries(headers) }
}

/** Sends a delivery over the network. */
export async function post(
  url: string,
  delivery: Delivery,
): Promise<{ readonly status: number; readonly body: string }> {
  const response = await fetch(url, requestOf(delivery))
  return { status: response.status, body: await response.text() }
}

/** A delivery as a Fetch `Request`, for handlers that take one. */
export function requestTo(url: string, delivery: Delivery): Request {
  return new Request(url, requestOf(delivery))
}

function requestOf({ method, headers, body }: Delivery) {
  // Fetch counts the bytes itself, and refuses to be told.
  const { 'content-length': _length, ...others } = headers
  return { method, headers: others, body: new TextEncoder().encode(body) }
}
