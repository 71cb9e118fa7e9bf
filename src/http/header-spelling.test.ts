import { expect, test } from 'vitest'
import { headerText, spelled } from './header-spelling.ts'

test.each([
  ['etag', 'ETag'],
  ['content-length', 'Content-Length'],
  ['Content-Type', 'Content-Type'],
  ['content-md5', 'Content-MD5'],
  ['last-modified', 'Last-Modified'],
  ['accept-ranges', 'Accept-Ranges'],
  ['content-range', 'Content-Range'],
  ['server', 'Server'],
  ['connection', 'Connection'],
  ['x-cos-request-id', 'x-cos-request-id'],
  ['x-cos-hash-crc64ecma', 'x-cos-hash-crc64ecma'],
  ['X-Cos-Meta-Author', 'x-cos-meta-author'],
  ['x-ci-request-id', 'x-ci-request-id'],
  ['x-errno', 'X-ErrNo'],
  ['constructor', 'Constructor'],
])('%s is written %s', (name, written) => expect(spelled(name)).toBe(written))

test.each([
  ['plain', 'plain'],
  ['夏', Buffer.from('夏').toString('latin1')],
  ['tab\t', 'tab\t'],
  ['a\r\nSet-Cookie: x', null],
  ['a\0', null],
])('%j as the value of a header is %j', (text, value) => expect(headerText(text)).toBe(value))
