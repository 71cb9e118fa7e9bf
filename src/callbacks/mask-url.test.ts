import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maskUrl } from './mask-url.ts'

test.each([
  ['http://a.example/hook', 'http://a.example/hook'],
  ['http://a.example:8080/hook?token=1', 'http://a.example:8080/hook?***'],
  ['http://a.example?token=1', 'http://a.example?***'],
  ['http://a.example/hook?', 'http://a.example/hook?'],
  ['http://a.example/hook#token', 'http://a.example/hook#***'],
  ['http://user:pass@a.example/hook', 'http://***@a.example/hook'],
  ['http://us@er:pass@a.example/hook?a@b', 'http://***@a.example/hook?***'],
  ['http://a.example/a@b', 'http://a.example/a@b'],
  ['user:pass@a.example', '***@a.example'],
  ['no', 'no'],
  ['', ''],
])('"%s" is shown as "%s"', (url, shown) => {
  expect(maskUrl(url)).toBe(shown)
})

test('no query and no password is ever shown', () => {
  const secret = fc.stringMatching(/^[a-z]{12}$/)
  fc.assert(
    fc.property(secret, secret, fc.webPath(), (password, token, path) => {
      const shown = maskUrl(`https://u:${password}@a.example${path}?token=${token}`)
      if (!path.includes(password)) expect(shown).not.toContain(password)
      if (!path.includes(token)) expect(shown).not.toContain(token)
    }),
  )
})
