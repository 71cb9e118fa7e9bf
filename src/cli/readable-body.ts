import { readXml, type XmlElement } from '../wire/index.ts'

/** The body of a callback as one would like to read it, indented. Throws when it is not what its type says. */
export function readableBody(contentType: string | undefined, body: string): string {
  return contentType === 'application/json' ? JSON.stringify(JSON.parse(body), null, 2) : indentedXml(body)
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
