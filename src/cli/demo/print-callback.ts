import { readableBody } from '../readable-body.ts'
import type { DemoCallback } from './demo-receiver.ts'

/** Headers worth showing, in this order; the others are the transport's. */
const SHOWN_HEADERS = [
  'content-type',
  'content-length',
  'user-agent',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
] as const

/** A callback as one would like to read it: its headers, and its body indented. The bytes that were sent are denser. */
export function printableCallback({ headers, body }: DemoCallback): string {
  const shown = SHOWN_HEADERS.filter((name) => headers[name] !== undefined).map((name) => `${name}: ${headers[name]}`)
  return `POST /callbacks\n${shown.join('\n')}\n\n${readableBody(headers['content-type'], body)}`
}
