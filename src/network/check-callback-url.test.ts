import { describe, expect, test } from 'vitest'
import { addressGuard } from './address-guard.ts'
import { checkCallbackUrl } from './check-callback-url.ts'

const guard = addressGuard({ allowLoopback: false })
const refusalOf = (url: string): string | null => {
  try {
    checkCallbackUrl(url, 'CallBack', guard)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

describe('a callback URL that is accepted', () => {
  test.each([
    'http://receiver.example/hook',
    'HTTPS://Receiver.Example:8443/hook?token=a%20b&x={y}',
    'http://10.0.0.5:8080',
    'http://[fd00::5]:8080/hook',
    'https://user:pass@receiver.example/hook',
    'http://localhost:3000/',
    'http://receiver.example?token=1',
    'http://bücher.example/straße',
    '  http://receiver.example/hook\n',
  ])('%s', (url) => {
    expect(refusalOf(url)).toBeNull()
  })
})

describe('every spelling of a forbidden address is refused', () => {
  test.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://127.0.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://017700000001/',
    'http://127.0.0.1./',
    'http://127.0.0.1:80/',
    'http://%31%32%37.0.0.1/',
    'http://１２７.0.0.1/',
    'http://127。0。0。1/',
    'http://0/',
    'http://0.0.0.0:9000/',
    'http://[::1]/',
    'http://[::]/',
    'http://[0:0:0:0:0:0:0:1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::127.0.0.1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://2852039166/',
    'http://0xa9fea9fe/',
    'http://169.16689662/',
    'http://[fe80::1]/',
    'http://[::ffff:a9fe:a9fe]/',
    'http://[fd00:ec2::254]/',
    'http://100.100.100.200/',
    'http://1684301000/',
    'http://receiver.example@169.254.169.254/',
    'http://a:b@127.1/',
    'http://255.255.255.255/',
    'http://224.0.0.1/',
  ])('%s', (url) => {
    expect(refusalOf(url)).toMatch(/^CallBack is ".*", expected an address that may be called: /)
  })
})

describe('what is no http(s) URL, or two readers could read in two ways, is refused', () => {
  test.each([
    ['', 'starts with http'],
    ['receiver.example/hook', 'starts with http'],
    ['ftp://receiver.example/', 'starts with http'],
    ['file:///etc/passwd', 'starts with http'],
    ['javascript:alert(1)', 'starts with http'],
    ['http:receiver.example', 'of the form'],
    ['http:/receiver.example', 'of the form'],
    ['http:///receiver.example', 'of the form'],
    ['http://', 'of the form'],
    ['http://receiver.example\\@127.0.0.1/', 'of the form'],
    ['http:\\\\receiver.example', 'of the form'],
    ['http://a b/', 'blanks'],
    ['http://127.0.\t0.1/', 'blanks'],
    ['http://receiver.example\n.evil/', 'blanks'],
    ['http://[::1/', 'valid host'],
    ['http://[fe80::1%25eth0]/', 'valid host'],
    ['http://receiver.example:99999/', 'valid host'],
    ['http://256.256.256.256/', 'valid host'],
    ['http://user@/', 'valid host'],
    [`http://receiver.example/${'a'.repeat(2048)}`, 'at most 2048 characters'],
  ])('%s', (url, expectation) => {
    expect(refusalOf(url)).toContain(expectation)
  })
})

test('a refusal names the field and hides the secrets of the value', () => {
  expect(() => checkCallbackUrl('http://u:pw@127.0.0.1/hook?token=top', 'NotifyConfig.Url', guard)).toThrow(
    expect.objectContaining({
      code: 'InvalidArgument',
      message:
        'NotifyConfig.Url is "http://***@127.0.0.1/hook?***", expected an address that may be called: 127.0.0.1 is a loopback address.',
    }),
  )
})
