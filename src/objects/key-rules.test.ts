import { describe, expect, test } from 'vitest'
import { contentTypeOfKey } from './content-type-of-key.ts'
import { checkKey, isBucketName } from './key-rules.ts'

describe('object keys', () => {
  test.each([
    'a',
    '/',
    '//',
    '..',
    '../../etc/passwd',
    'a b+c%&!().png',
    '夏/日.jpg',
    'folder/',
    '\t',
    'a\nb',
    'x'.repeat(850),
  ])('%j is one', (key) => expect(() => checkKey(key)).not.toThrow())

  test.each([
    ['', 'KeyInvalid'],
    ['a\0b', 'KeyInvalid'],
    ['\u0001', 'KeyInvalid'],
    ['a\u001b', 'KeyInvalid'],
    ['\uffff', 'KeyInvalid'],
    ['\ud800', 'KeyInvalid'],
    ['x'.repeat(851), 'KeyTooLong'],
    ['夏'.repeat(284), 'KeyTooLong'],
  ])('%j is none: %s', (key, code) => expect(() => checkKey(key)).toThrow(expect.objectContaining({ code })))
})

test.each([
  ['demo-1250000000', true],
  ['a-1', true],
  ['a-b-1', true],
  ['demo', false],
  ['-demo-1', false],
  ['Demo-1', false],
  ['demo-1x', false],
  ['demo.x-1', false],
  [`${'a'.repeat(62)}-1`, false],
])('"%s" is a bucket name: %s', (name, is) => expect(isBucketName(name)).toBe(is))

test.each([
  ['a.jpg', 'image/jpeg'],
  ['a.b/c.PNG', 'image/png'],
  ['a.webp', 'image/webp'],
  ['a', 'application/octet-stream'],
  ['a.jpg/b', 'application/octet-stream'],
  ['a.constructor', 'application/octet-stream'],
  ['.png', 'image/png'],
])('"%s" is %s', (key, type) => expect(contentTypeOfKey(key)).toBe(type))
