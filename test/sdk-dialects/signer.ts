import { createHash, createHmac } from 'node:crypto'

// A second signer, written from the protocol and not from the server's own: what one misunderstands the other does not.

/** What is signed of a request. Names in any case; values as sent. */
export interface Signable {
  readonly method: string
  /** Percent-decoded, from the leading `/` on. */
  readonly path: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
  readonly headers: readonly (readonly [name: string, value: string])[]
}

const percentEncoded = (text: string): string =>
  [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const letter = String.fromCharCode(byte)
      return /[\w.~-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
const hmac = (key: string, text: string): string => createHmac('sha1', key).update(text).digest('hex')

/** The seven fields, in their order. */
export function signatureFields(
  { method, path, parameters, headers }: Signable,
  keys: { readonly secretId: string; readonly secretKey: string },
  time: string,
): [string, string][] {
  const sorted = (pairs: Signable['headers']): [string, string][] =>
    pairs
      .map(([name, value]) => [percentEncoded(name).toLowerCase(), percentEncoded(value)] as [string, string])
      .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  const query = sorted(parameters)
  const heads = sorted(headers)
  const joined = (pairs: typeof query) => pairs.map(([name, value]) => `${name}=${value}`).join('&')
  const httpString = `${method.toLowerCase()}\n${path}\n${joined(query)}\n${joined(heads)}\n`
  const digest = createHash('sha1').update(httpString, 'utf8').digest('hex')
  const names = (pairs: typeof query) => pairs.map(([name]) => name).join(';')
  return [
    ['q-sign-algorithm', 'sha1'],
    ['q-ak', keys.secretId],
    ['q-sign-time', time],
    ['q-key-time', time],
    ['q-header-list', names(heads)],
    ['q-url-param-list', names(query)],
    ['q-signature', hmac(hmac(keys.secretKey, time), `sha1\n${time}\n${digest}\n`)],
  ]
}

export const inHeader = (fields: readonly [string, string][]): string =>
  fields.map(([name, value]) => `${name}=${value}`).join('&')
