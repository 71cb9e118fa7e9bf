import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Failure } from '../../base/index.ts'
import { percentEncodeKey } from '../../wire/index.ts'
import { imageRule, parameterValue, parseTarget } from './raw-target.ts'

describe('the path', () => {
  test.each([
    ['/a%2Fb', '/a/b'],
    ['/a+b', '/a+b'],
    ['/a%2Bb%20c', '/a+b c'],
    ['/a//b/./../c/', '/a//b/./../c/'],
    ['/%E5%A4%8F', '/夏'],
    ['/\u00e5\u00a4\u008f', '/夏'],
    ['/a?b?c=/d', '/a'],
    ['http://demo.cos.r.host/key%2F?x', '/key/'],
    ['http://demo.cos.r.host', '/'],
    ['http://demo.cos.r.host?x', '/'],
    ['', '/'],
    ['?x', '/'],
    ['*', '*'],
    ['/http://a/b', '/http://a/b'],
  ])('%j is %j', (raw, path) => expect(parseTarget(raw).path).toBe(path))

  test.each(['/%', '/%zz', '/%ff', '/%c3%28', '/\u00ff', '/?a=%', '/?%E5=1', 'key'])('%j is refused', (raw) => {
    expect(() => parseTarget(raw)).toThrow(expect.objectContaining({ code: 'InvalidUri' }))
  })

  test('a key comes out of its URL as it went in', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        expect(parseTarget(`/${percentEncodeKey(key)}?x`).path).toBe(`/${key}`)
      }),
    )
  })

  test('nothing but a Failure comes of any target', () => {
    const character = fc.oneof(
      fc.constantFrom(...'/?&=%+:;#*'),
      fc.integer({ min: 0, max: 255 }).map(String.fromCharCode),
    )
    fc.assert(
      fc.property(fc.string({ unit: character }), (raw) => {
        try {
          parseTarget(raw)
        } catch (error) {
          expect(error).toBeInstanceOf(Failure)
        }
      }),
    )
  })
})

test('parameters keep what they said, repeats included', () => {
  const { parameters, rawQuery } = parseTarget('/k?a=1+2%2B3&&b&c=&a=x=y&%E5%A4%8F=1')
  expect(rawQuery).toBe('a=1+2%2B3&&b&c=&a=x=y&%E5%A4%8F=1')
  expect(parameters).toEqual([
    { name: 'a', value: '1 2+3', rawName: 'a', rawValue: '1+2%2B3', hasEquals: true },
    { name: 'b', value: '', rawName: 'b', rawValue: '', hasEquals: false },
    { name: 'c', value: '', rawName: 'c', rawValue: '', hasEquals: true },
    { name: 'a', value: 'x=y', rawName: 'a', rawValue: 'x=y', hasEquals: true },
    { name: '夏', value: '1', rawName: '%E5%A4%8F', rawValue: '1', hasEquals: true },
  ])
  expect(parameterValue(parseTarget('/k?a=1&a=2'), 'a')).toBe('1')
  expect(parameterValue(parseTarget('/k?a=1'), 'b')).toBeNull()
})

describe('a picture rule is the name of a parameter', () => {
  test.each([
    ['/k?imageMogr2/thumbnail/!50p|imageMogr2/format/webp', 'imageMogr2/thumbnail/!50p|imageMogr2/format/webp'],
    ['/k?imageMogr2%2Fthumbnail%2F%2150p=', 'imageMogr2/thumbnail/!50p'],
    ['/k?q-ak=x&imageInfo', 'imageInfo'],
    ['/k?imageAve', 'imageAve'],
    ['/k?style/small', 'style/small'],
    ['/k?ci-process=originImage', 'ci-process'],
    ['/k?watermark/2/text/aGk', 'watermark/2/text/aGk'],
    ['/k?frobnicate/1', 'frobnicate/1'],
  ])('%s', (raw, rule) => expect(imageRule(parseTarget(raw))?.name).toBe(rule))

  test.each(['/k', '/k?uploads', '/k?prefix=a/b', '/k?image_process', '/k?q-url-param-list=a%2fb', '/imageInfo?acl'])(
    '%s has none',
    (raw) => expect(imageRule(parseTarget(raw))).toBeNull(),
  )
})
