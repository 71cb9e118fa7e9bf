import { expect, test } from 'vitest'
import { domainPattern } from '../settings/domain-pattern.ts'
import { Domains } from './domains.ts'

const domains = new Domains([
  'img.example.org=album-1250000000',
  'Jobs.Example.org=album-1250000000/ci',
  '127.0.0.1:9000=album-1250000000/both',
  '[::1]=v6-1',
  '*.img.example.org=*',
  '*.img.example.org:9443=*/ci',
  '*.deep.img.example.org=*/both',
  'special.img.example.org=chosen-1',
  'special.img.example.org:9000=by-port-1',
])

test.each([
  ['img.example.org', 'album-1250000000', 'object'],
  ['IMG.example.ORG:8080', 'album-1250000000', 'object'],
  ['img.example.org.', 'album-1250000000', 'object'],
  ['jobs.example.org', 'album-1250000000', 'ci'],
  ['127.0.0.1:9000', 'album-1250000000', 'both'],
  ['[::1]', 'v6-1', 'object'],
  ['[::1]:9000', 'v6-1', 'object'],
  ['web-2.img.example.org', 'web-2', 'object'],
  ['web-2.img.example.org:9443', 'web-2', 'ci'],
  ['web-2.deep.img.example.org', 'web-2', 'both'],
  ['special.img.example.org', 'chosen-1', 'object'],
  ['special.img.example.org:9000', 'by-port-1', 'object'],
])('%s is %s, %s', (host, bucket, door) => expect(domains.find(host)).toEqual({ bucket, door }))

test.each([
  '127.0.0.1',
  '127.0.0.1:9001',
  'example.org',
  '.img.example.org',
  'a.b.img.example.org',
  'ximg.example.org',
  '',
])('%j stands for nothing', (host) => expect(domains.find(host)).toBeNull())

test.each([
  ['a.test=b-1', true],
  ['a.test:80=b-1/ci', true],
  ['*.a.test=*/both', true],
  ['localhost=b-1/object', true],
  ['[::1]:80=b-1', true],
  ['a.test', false],
  ['a.test=', false],
  ['a.test=b', false],
  ['a.test=*', false],
  ['*.a.test=b-1', false],
  ['*=*', false],
  ['a.test=b-1/jobs', false],
  ['http://a.test=b-1', false],
  ['a.test/x=b-1', false],
  ['a.test:port=b-1', false],
])('%s can be set: %s', (text, can) => expect(domainPattern.regex.test(text)).toBe(can))

test('a host that is named twice is refused', () => {
  expect(() => new Domains(['a.test=b-1', 'A.test=c-1'])).toThrow('PIXMILL_DOMAINS names a.test more than once')
  expect(() => new Domains(['a.test=b-1', 'a.test:80=c-1'])).not.toThrow()
})
