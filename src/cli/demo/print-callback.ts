import { readXml, type XmlElement } from '../../wire/index.ts'
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
  const text =
    headers['content-type'] === 'application/json' ? JSON.stringify(JSON.parse(body), null, 2) : indentedXml(body)
  return `POST /callbacks\n${shown.join('\n')}\n\n${text}`
}

function indentedXml(body: string): string {
  const lines: string[] = []
  const write = (element: XmlElement, indent: string): void => {
    const { name, children } = element
    const text = element.text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    if (children.length === 0) {
      lines.push(text === '' ? `${indent}<${name}/>` : `${indent}<${name}>${text}</${name}>`)
      return
    }
    lines.push(`${indent}<${name}>`)
    for (const child of children) write(child, `${indent}  `)
    lines.push(`${indent}</${name}>`)
  }
  write(readXml(Buffer.from(body)), '')
  return lines.join('\n')
}
