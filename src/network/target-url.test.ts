import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTargetUrl, type TargetUrl } from './target-url.ts'

describe('the request target is what was configured', () => {
  test.each([
    ['http://a.example', '/'],
    ['http://a.example?x=1', '/?x=1'],
    ['http://a.example/a/../b/./c//d', '/a/../b/./c//d'],
    ['http://a.example/%7Euser/%2e%2E/%zz', '/%7Euser/%2e%2E/%zz'],
    [`http://a.example/{id}|"<>^\`'?q={"a":[1]}`, `/{id}|"<>^\`'?q={"a":[1]}`],
    ['http://a.example/back\\slash', '/back\\slash'],
    ['http://a.example/x?a=b?c=d&e=http://f/', '/x?a=b?c=d&e=http://f/'],
    ['http://a.example/x#part', '/x'],
    ['http://a.example/x y?z=1 2', '/x%20y?z=1%202'],
    ['http://a.example/tab\tline\nend', '/tab%09line%0Aend'],
    ['http://a.example/Straße/图片?名=值', '/Stra%C3%9Fe/%E5%9B%BE%E7%89%87?%E5%90%8D=%E5%80%BC'],
    ['http://a.example/half\ud800pair', '/half%EF%BF%BDpair'],
    ['http://user:pass@a.example/x', '/x'],
  ])('%s', (url, requestTarget) => {
    expect(parseTargetUrl(url)).toMatchObject({ requestTarget })
  })

  test('whatever ASCII the path and query consist of', () => {
    const sendable = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) })
    fc.assert(
      fc.property(sendable, (text) => {
        const withoutFragment = `/${text.replaceAll('#', '')}`
        expect((parseTargetUrl(`https://a.example${withoutFragment}`) as TargetUrl).requestTarget).toBe(withoutFragment)
      }),
    )
  })

  test('always printable ASCII that begins with a slash', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const target = parseTargetUrl(`http://a.example/${text}`)
        if ('requestTarget' in target) expect(target.requestTarget).toMatch(/^\/[\u0021-\u007e]*$/)
      }),
    )
  })
})

test.each([
  ['http://A.Example:80/x', 'http://a.example', 'a.example'],
  ['https://a.example:443/x', 'https://a.example', 'a.example'],
  ['http://a.example:8080/x', 'http://a.example:8080', 'a.example'],
  ['http://[::FFFF:1.2.3.4]:8080/x', 'http://[::ffff:102:304]:8080', '::ffff:102:304'],
  ['http://bücher.example/', 'http://xn--bcher-kva.example', 'xn--bcher-kva.example'],
  ['http://u:p@a.example/x', 'http://a.example', 'a.example'],
])('%s goes to %s', (url, origin, hostname) => {
  expect(parseTargetUrl(url)).toMatchObject({ origin, hostname })
})

test.each([
  ['http://a.example/', null],
  ['http://user:pass@a.example/', 'user:pass'],
  ['http://user@a.example/', 'user:'],
  ['http://us%40er:p%3Aa%20ss@a.example/', 'us@er:p:a ss'],
  ['http://100%:x@a.example/', '100%:x'],
])('%s is sent with the credentials %s', (url, credentials) => {
  const authorization = credentials === null ? null : `Basic ${Buffer.from(credentials).toString('base64')}`
  expect(parseTargetUrl(url)).toMatchObject({ authorization })
})
