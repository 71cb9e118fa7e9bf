import { percentEncode, percentEncodeKey } from '../../wire/index.ts'
import { canonicalPairs, formatString, nameList, type Pair, signature, signKey, stringToSign } from './signature.ts'

/** A key pair of this server. */
export interface KeyPair {
  readonly secretId: string
  readonly secretKey: string
}

/** In what time a signature is good, Unix seconds. */
export interface SignedTime {
  readonly startSeconds: number
  readonly endSeconds: number
}

export interface RequestToSign {
  readonly method: string
  /** Percent-decoded, beginning with `/`: `/photos/a b.jpg`. */
  readonly path: string
  readonly parameters?: readonly Pair[]
  /** Names in any case. Only those that official SDKs sign are signed, and of them only those with a value. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The headers that official SDKs sign, beside those of the product itself (`x-cos-…`, `x-ci-…`). */
const SIGNED_HEADERS = new Set([
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-length',
  'content-md5',
  'content-type',
  'expect',
  'expires',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'origin',
  'pic-operations',
  'range',
  'transfer-encoding',
])

/** The value of the `Authorization` header for a request: for the demo, the command line and tests. */
export function signRequest(request: RequestToSign, key: KeyPair, time: SignedTime): string {
  return signedFields(request, key, time)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/**
 * A URL that carries its signature, good without any header but `Host`.
 *
 * @param request `origin` is scheme and host (`http://demo-1250000000.localhost:9000`); the host is signed as clients
 *   send it, a default port left out. A parameter with the value `''` is written without `=`, as picture rules are.
 */
export function presignUrl(
  request: RequestToSign & { readonly origin: string },
  key: KeyPair,
  time: SignedTime,
): string {
  const { host, protocol } = new URL(request.origin)
  const fields = signedFields({ ...request, headers: { ...request.headers, host } }, key, time)
  const query = [
    ...fields.map(([name, value]) => `${name}=${percentEncode(value)}`),
    ...(request.parameters ?? []).map(([name, value]) =>
      value === '' ? percentEncode(name) : `${percentEncode(name)}=${percentEncode(value)}`,
    ),
  ]
  return `${protocol}//${host}${percentEncodeKey(request.path)}?${query.join('&')}`
}

function signedFields(request: RequestToSign, key: KeyPair, time: SignedTime): readonly Pair[] {
  const parameters = request.parameters ?? []
  const headers = Object.entries(request.headers ?? {}).filter(([name, value]) => value !== '' && isSigned(name))
  const span = `${time.startSeconds};${time.endSeconds}`
  const format = formatString({
    method: request.method,
    path: request.path,
    parameters: canonicalPairs(parameters),
    headers: canonicalPairs(headers),
  })
  return [
    ['q-sign-algorithm', 'sha1'],
    ['q-ak', key.secretId],
    ['q-sign-time', span],
    ['q-key-time', span],
    ['q-header-list', nameList(headers)],
    ['q-url-param-list', nameList(parameters)],
    ['q-signature', signature(signKey(key.secretKey, span), stringToSign(span, format))],
  ]
}

function isSigned(name: string): boolean {
  const lower = name.toLowerCase()
  return SIGNED_HEADERS.has(lower) || lower.startsWith('x-cos-') || lower.startsWith('x-ci-')
}
