import type { Tokens } from './tokens.ts'

/**
 * Text in a rule is the Base64 of its UTF-8 bytes in the URL-safe alphabet without padding. Client libraries also send
 * the standard alphabet and padding, so both are read; written is only the first form.
 */
export function readText(
  tokens: Tokens,
  parameter: string,
  isName: (token: string) => boolean,
  maxCharacters = 4096,
): string {
  const expected = 'URL-safe Base64 of UTF-8 text'
  const first = tokens.take(parameter, expected)
  const behindFirst = tokens.place
  let token = first
  // The standard alphabet has `/`, which cuts the value in two: what follows belongs to it unless it is a known name.
  for (let next = tokens.peek(); next !== undefined && !isName(next); next = tokens.peek()) {
    token += `/${tokens.take(parameter, expected)}`
  }
  let text = decodeText(token)
  if (text === null && token !== first) {
    // Or unless together they are no value: then it is a name that nobody knows, and whoever reads names will say so.
    text = decodeText(first)
    if (text !== null) tokens.goBackTo(behindFirst)
  }
  if (text === null || text === '') throw tokens.invalid(parameter, token, expected)
  if (text.length > maxCharacters)
    throw tokens.complaint(`${parameter} has ${text.length} characters, at most ${maxCharacters} are allowed`)
  return text
}

export function printText(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64url')
}

function decodeText(token: string): string | null {
  const body = token.replace(/={1,2}$/, '')
  if (!/^[A-Za-z0-9+/_-]+$/.test(body) || body.length % 4 === 1) return null
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(body, 'base64'))
  } catch {
    return null
  }
}

/** A colour as `#rrggbb`, lower case. In a rule it is the Base64 of `#RRGGBB`; the number sign may be missing. */
export type Colour = `#${string}`

export function readColour(tokens: Tokens, parameter: string): Colour {
  const expected = 'URL-safe Base64 of a colour #RRGGBB'
  const token = tokens.take(parameter, expected)
  const digits = /^#?([0-9a-f]{6})$/i.exec(decodeText(token) ?? '')?.[1]
  if (digits === undefined) throw tokens.invalid(parameter, token, expected)
  return `#${digits.toLowerCase()}`
}

export function printColour(colour: Colour): string {
  return printText(colour.toUpperCase())
}
