import fc from 'fast-check'
import { expect, test } from 'vitest'
import { receiverOf } from './receiver-of.ts'

test.each([
  ['http://a.example/hook?token=1', 'http://a.example/hook', 'http://a.example'],
  ['HTTPS://us:pass@A.Example:443/Hook/#x', 'https://a.example/Hook/', 'https://a.example'],
  ['http://a.example', 'http://a.example/', 'http://a.example'],
  ['http://[::FFFF:7f00:1]:81/a?b', 'http://[::ffff:7f00:1]:81/a', 'http://[::ffff:7f00:1]:81'],
  ['http://[nonsense', 'unreadable:', 'unreadable:'],
  ['mailto:me@example.org', 'unreadable:', 'unreadable:'],
])('%s goes to %s at %s', (url, address, origin) => {
  expect(receiverOf(url)).toMatchObject({ address, origin, id: expect.stringMatching(/^rcv_[0-9a-f]{32}$/) })
})

test('query, user name and password make no other receiver; path, port and scheme do', () => {
  const { id } = receiverOf('http://a.example/hook')
  for (const same of ['http://a.example/hook?x', 'http://u:p@a.example:80/hook', 'http://A.example/hook#y']) {
    expect(receiverOf(same).id).toBe(id)
  }
  for (const other of ['http://a.example/hook/', 'http://a.example:81/hook', 'https://a.example/hook']) {
    expect(receiverOf(other).id).not.toBe(id)
  }
})

test('whatever stands for a URL, there is an answer, always the same, without its query', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()), (url) => {
      const { id, address } = receiverOf(url)
      expect(receiverOf(url)).toEqual({ ...receiverOf(url), id })
      expect(address).not.toContain('?')
    }),
  )
})
