import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { XmlElement } from '../../src/wire/index.ts'
import type { Kit } from '../compatibility/operations.ts'
import { type Answer, bucket, region, roundTrip, secretId, secretKey } from '../support/house.ts'
import { inHeader, signatureFields } from './signer.ts'

type Pair = readonly [name: string, value: string]
type Parameter = readonly [name: string, value: string | null]

/** A request as the program asks its SDK for it. */
export interface Asked {
  readonly method: string
  /** Which host; default `cos`. */
  readonly at?: 'cos' | 'ci' | 'service'
  /** Default: the one of the house. */
  readonly bucket?: string
  /** Without a leading `/`, not encoded. */
  readonly key?: string
  /** Signed. `null` is written without `=`. */
  readonly query?: readonly Parameter[]
  /** Added after signing, as they stand. */
  readonly unsignedQuery?: string
  readonly headers?: readonly Pair[]
  readonly unsignedHeaders?: readonly Pair[]
  readonly body?: string | Buffer
  /** Sent in chunks, without a length. */
  readonly chunked?: boolean
}

/** How an SDK writes requests, and what it needs to find in answers. */
export interface Dialect {
  readonly kit: Kit
  readonly userAgent: string
  readonly always: readonly Pair[]
  /** Of a header by lower-case name. */
  signs(name: string): boolean
  readonly signsHostWithPort: boolean
  /** The life of a signature: seconds before now, seconds in all. */
  readonly life: readonly [before: number, whole: number]
  encodeKey(key: string): string
  encodeQuery(text: string): string
  /** Throws when the SDK's parser would. */
  check(answer: Answer, asked: Asked): void
}

/** Where requests go: a house, or what stands in front of one. */
export interface Place {
  readonly app: { readonly url: string }
}

const port = 9000

/**
 * Sends what an SDK would send, as through its proxy setting: the request line has the whole URL, the host is the official
 * one on a port of its own.
 */
export async function sendAs(
  dialect: Dialect,
  house: Place,
  asked: Asked,
  keys = { secretId, secretKey },
): Promise<Answer> {
  const { at = 'cos', key = '', query = [], unsignedQuery = '', headers = [], unsignedHeaders = [], body } = asked
  const name = at === 'service' ? 'service.cos.pixmill.test' : `${asked.bucket ?? bucket}.${at}.${region}.pixmill.test`
  const host = `${name}:${port}`
  const bytes = body === undefined ? undefined : Buffer.from(body as string)
  const sent: Pair[] = [['Host', host], ['User-Agent', dialect.userAgent], ...dialect.always, ...headers]
  if (asked.chunked === true) sent.push(['Transfer-Encoding', 'chunked'])
  else if (bytes !== undefined) sent.push(['Content-Length', String(bytes.length)])
  const now = Math.floor(Date.now() / 1000)
  const [before, whole] = dialect.life
  const signable = {
    method: asked.method,
    path: `/${key}`,
    parameters: query.map(([one, value]) => [one, value ?? ''] as const),
    headers: sent
      .map(([one, value]) => [one.toLowerCase(), value] as const)
      .filter(([one, value]) => value !== '' && dialect.signs(one))
      .map(([one, value]) => [one, one === 'host' && !dialect.signsHostWithPort ? name : value] as const),
  }
  const fields = signatureFields(signable, keys, `${now - before};${now - before + whole}`)
  const written = query
    .map(([one, value]) => dialect.encodeQuery(one) + (value === null ? '' : `=${dialect.encodeQuery(value)}`))
    .concat(unsignedQuery === '' ? [] : [unsignedQuery])
    .join('&')
  const target = `http://${host}/${dialect.encodeKey(key)}${written === '' ? '' : `?${written}`}`
  const all = [...sent, ...unsignedHeaders, ['Authorization', inHeader(fields)] as const].map(
    // Header values go out as bytes, which Node writes from Latin-1 text.
    ([one, value]) => [one, Buffer.from(value, 'utf8').toString('latin1')] as const,
  )
  const answer = await rawSend(house, asked.method, target, all, bytes)
  if (answer.status >= 500) throw new Error(`${asked.method} ${target}: ${answer.status} ${answer.text}`)
  dialect.check(answer, asked)
  return answer
}

export function rawSend(
  house: Place,
  method: string,
  path: string,
  headers: readonly Pair[],
  body?: Buffer,
): Promise<Answer> {
  return roundTrip(house.app.url, { method, path, headers: headers.flat() }, body)
}

/** An answer that is an error must have these children for whoever reads it. */
export function checkError(answer: Answer, needed: readonly string[]): void {
  if (answer.status < 400 || answer.text === '') return
  const root = answer.xml()
  expect(root.name).toBe('Error')
  for (const name of needed) {
    expect([name, root.children.find((child) => child.name === name)?.text]).toEqual([name, expect.stringMatching(/./)])
  }
}

export const md5Hex = (bytes: Uint8Array | string): string => createHash('md5').update(bytes).digest('hex')
export const md5Base64 = (bytes: Uint8Array | string): string => createHash('md5').update(bytes).digest('base64')

export const all = (root: XmlElement, name: string): XmlElement[] =>
  root.children.filter((child) => child.name === name)
export function textOf(root: XmlElement, path: string): string {
  let here: XmlElement | undefined = root
  for (const name of path.split('/')) here = here?.children.find((child) => child.name === name)
  if (here === undefined) throw new Error(`there is no ${path} below ${root.name}`)
  return here.text
}
