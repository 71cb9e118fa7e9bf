import { expect } from 'vitest'
import { slowCrc64 } from '../chaos/crc64.ts'
import type { Answer } from '../support/house.ts'
import { all, checkError, type Dialect, md5Hex, textOf } from './dialect.ts'

const usuallySigned = new Set([
  ...['host', 'content-length', 'content-type', 'content-md5', 'content-disposition', 'content-encoding'],
  ...['cache-control', 'expires', 'expect', 'transfer-encoding', 'origin', 'range', 'pic-operations'],
])
const signsAsUsual = (name: string): boolean =>
  usuallySigned.has(name) || name.startsWith('if-') || name.startsWith('x-cos-') || name.startsWith('x-ci-')

/** What `encodeURIComponent` leaves raw is encoded too. */
const strictly = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
const spelled = (answer: Answer, name: string): string | undefined =>
  answer.rawHeaders.find((one, index) => index % 2 === 0 && one.toLowerCase() === name.toLowerCase())

/** Hands its users an ordinary dictionary of headers, and XML as nested dictionaries. */
export const python: Dialect = {
  kit: 'Python',
  userAgent: 'cos-python-sdk-v5.1.9.41',
  always: [
    ['Accept-Encoding', 'gzip, deflate'],
    ['Accept', '*/*'],
    ['Connection', 'keep-alive'],
  ],
  signs: signsAsUsual,
  signsHostWithPort: false,
  life: [60, 10_000],
  encodeKey: (key) => key.split('/').map(strictly).join('/'),
  encodeQuery: (text) => strictly(text).replaceAll('%20', '+'),
  check(answer, asked) {
    for (const name of ['ETag', 'Content-Length', 'Last-Modified', 'x-cos-request-id', 'x-cos-hash-crc64ecma']) {
      expect([name, undefined]).toContain(spelled(answer, name))
    }
    expect(spelled(answer, 'x-cos-request-id')).toBeDefined()
    expect(answer.headers['content-encoding']).toBeUndefined()
    expect(answer.headers['content-length'] ?? answer.headers['transfer-encoding'] ?? '204').toBeDefined()
    checkError(answer, ['Code', 'Message', 'Resource', 'RequestId'])
    const isXml = String(answer.headers['content-type']).startsWith('application/xml')
    // Foreign namespaces and attributes end up as names of their own in its dictionaries. Of ACLs it expects them.
    const isAcl = answer.text.includes('<AccessControlPolicy>')
    if (isXml && !isAcl && answer.text !== '')
      expect(answer.text.replace(/<\?xml[^>]*\?>/, '')).not.toMatch(/<\w+\s[^>]*=/)
    const isParsed = asked.at === 'ci' && asked.method !== 'PUT' && asked.method !== 'DELETE'
    if (isParsed && answer.status < 400) expect(answer.text).not.toBe('')
  },
}

/** Compares check sums, and reads XML into structs: the root must have the right name and a number must be one. */
export const go: Dialect = {
  kit: 'Go',
  userAgent: 'cos-go-sdk-v5/0.7.75',
  always: [['Accept-Encoding', 'gzip']],
  signs: (name) => signsAsUsual(name) || name.startsWith('access-control-request-'),
  signsHostWithPort: true,
  life: [0, 3600],
  // The slash as well, and these raw.
  encodeKey: (key) => encodeURIComponent(key),
  encodeQuery: (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  check(answer, asked) {
    expect(answer.headers['content-encoding']).toBeUndefined()
    checkError(answer, ['Code'])
    if (answer.status >= 400 || asked.at !== undefined) return
    const isUpload = asked.method === 'PUT' && asked.body !== undefined && asked.key !== undefined
    const isSubresource = (asked.query ?? []).some(([name]) => ['acl', 'cors'].includes(name))
    if (isUpload && !isSubresource) {
      expect(answer.headers['x-cos-hash-crc64ecma']).toBe(slowCrc64(Buffer.from(asked.body as string)))
    }
    if (answer.text === '' || !String(answer.headers['content-type']).startsWith('application/xml')) return
    const root = answer.xml()
    const numbers = ['MaxKeys', 'MaxParts', 'MaxUploads', 'PartNumber', 'Size', 'NextPartNumberMarker']
    for (const child of [root, ...root.children].flatMap((one) => one.children)) {
      if (numbers.includes(child.name))
        expect([child.name, child.text]).toEqual([child.name, expect.stringMatching(/^\d*$/)])
      if (child.name === 'IsTruncated') expect(['true', 'false']).toContain(child.text)
    }
  },
}

/** Compares ETags with what it sent or read, and reads dates strictly. */
export const java: Dialect = {
  kit: 'Java',
  userAgent: 'cos-java-sdk-v5/5.6',
  always: [['Connection', 'Keep-Alive']],
  // Headers that its HTTP layer adds are not known to its signer.
  signs: (name) => signsAsUsual(name) && name !== 'x-cos-sdk-log-debug' && name !== 'x-cos-security-token',
  signsHostWithPort: true,
  life: [0, 3600],
  encodeKey: (key) => key.split('/').map(strictly).join('/'),
  encodeQuery: strictly,
  check(answer, asked) {
    checkError(answer, ['Code', 'Message', 'RequestId'])
    if (answer.status >= 300 || asked.at === 'ci') return
    const tag = answer.headers.etag?.replaceAll('"', '')
    const isImage = (asked.headers ?? []).some(([name]) => name === 'Pic-Operations')
    const isUpload = asked.method === 'PUT' && asked.body !== undefined && asked.key !== undefined
    if (isUpload && tag !== undefined && !isImage) expect(tag).toBe(md5Hex(asked.body!))
    const isWhole = asked.method === 'GET' && answer.status === 200 && (asked.unsignedQuery ?? '') === ''
    if (isWhole && tag !== undefined && !tag.includes('-')) expect(tag).toBe(md5Hex(answer.body))
    if (answer.text === '' || !String(answer.headers['content-type']).startsWith('application/xml')) return
    const root = answer.xml()
    for (const one of [root, ...root.children]) {
      for (const { text } of all(one, 'LastModified')) expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
      for (const name of ['MaxKeys', 'MaxParts', 'MaxUploads', 'PartNumber', 'Size']) {
        for (const { text } of all(one, name)) expect([name, Number.isInteger(Number(text))]).toEqual([name, true])
      }
    }
    if (root.name === 'ListAllMyBucketsResult') expect(textOf(root, 'Buckets/Bucket/Name')).not.toBe('')
  },
}
