import { ReceiverError, said } from './receiver-error.ts'

/**
 * The bytes of a body; of a text its UTF-8. In JavaScript it may be anything, and mostly what `express.json()` has made of it.
 *
 * @throws ReceiverError `BodyAlreadyRead`
 *
 * @internal
 */
export function bytesOf(body: unknown): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body)
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
  throw new ReceiverError(
    'BodyAlreadyRead',
    `The body is ${said(body)}, expected the bytes as they came, or their text.`,
  )
}
