import { timingSafeEqual } from 'node:crypto'
import { Failure } from '../../base/index.ts'
import { checkAllIsSigned } from './all-is-signed.ts'
import { type Authorization, findAuthorization, type TimeSpan } from './authorization.ts'
import { parseTarget } from './raw-target.ts'
import { type RawHeaders, readingsOf } from './readings.ts'
import { formatString, signature, signKey, stringToSign } from './signature.ts'

export interface RequestToVerify {
  readonly method: string
  /** Path and query as they stand in the request line, absolute form included. */
  readonly rawTarget: string
  readonly headers: RawHeaders
  /**
   * `/<bucket>`, when the bucket came in the path and clients may sign the path without it. A signature for a key is then
   * good for that key in every bucket: the price of serving SDKs whose domain setting carries a path.
   */
  readonly pathPrefixToStrip?: string | undefined
  /** Whether the host, every header `x-cos-*` and every parameter must be signed. Default: no. */
  readonly isStrict?: boolean | undefined
  /** The SecretKey that belongs to a SecretId; `null` when there is none. */
  readonly findSecret: (secretId: string) => string | null
  /** UTC milliseconds. */
  readonly nowMs: number
}

/** Who asks. Whether somebody without signature may is not decided here. */
export type Requester = { readonly kind: 'signed'; readonly secretId: string } | { readonly kind: 'anonymous' }

/** How far in the future a signature may begin: clocks differ. There is no tolerance at its end. */
const TOLERATED_SKEW_SECONDS = 15 * 60

/**
 * Finds out who sent a request, by its signature.
 *
 * The client's lists say which headers and parameters are signed; others are allowed, because every SDK leaves some out,
 * unless the request is to be read strictly.
 *
 * @throws Failure
 *   `InvalidUri` when the target cannot be decoded;
 *   `InvalidAuthorization` when the signature cannot be read (detail `field`: the field, or `Authorization` when the
 *   header is of another scheme);
 *   `UnknownKey`; `RequestExpired`, `RequestTimeTooSkewed` (detail `serverTimeMs`);
 *   `SignatureMismatch` (details `stringToSign`, `formatString`: what should have been signed);
 *   `AccessDenied`, when read strictly, naming what is not signed.
 */
export function verifyRequest(request: RequestToVerify): Requester {
  const target = parseTarget(request.rawTarget)
  const header = Object.hasOwn(request.headers, 'authorization') ? request.headers.authorization : undefined
  const authorization = findAuthorization(typeof header === 'string' ? header : header?.[0], target.parameters)
  if (authorization === null) return { kind: 'anonymous' }

  const secretKey = request.findSecret(authorization.secretId)
  if (secretKey === null) throw new Failure('UnknownKey')
  checkTime(authorization.signTime, request.nowMs)
  checkTime(authorization.keyTime, request.nowMs)

  const received = { ...request, target, pathPrefixToStrip: request.pathPrefixToStrip ?? '' }
  checkSignature(authorization, secretKey, received)
  // Only now: what a signature lacks is told to whoever could have made it.
  if (request.isStrict === true) checkAllIsSigned(authorization, target.parameters, request.headers)
  return { kind: 'signed', secretId: authorization.secretId }
}

/** SDKs repair their clock after these two, and tell them by code and, for the first, by these very words. */
function checkTime(span: TimeSpan, nowMs: number): void {
  const details = { serverTimeMs: nowMs }
  if (nowMs > span.endSeconds * 1000) throw new Failure('RequestExpired', 'Request has expired', { details })
  if (nowMs < (span.startSeconds - TOLERATED_SKEW_SECONDS) * 1000) {
    throw new Failure(
      'RequestTimeTooSkewed',
      `The signature starts at ${span.startSeconds} and it is ${Math.floor(nowMs / 1000)} here: ` +
        'the difference between the request time and the current time is too large.',
      { details },
    )
  }
}

function checkSignature(
  authorization: Authorization,
  secretKey: string,
  received: Parameters<typeof readingsOf>[0],
): void {
  const key = signKey(secretKey, authorization.keyTime.text)
  const given = Buffer.from(authorization.signature, 'latin1')
  let likeliest: { stringToSign: string; formatString: string } | null = null
  for (const reading of readingsOf(received, authorization)) {
    const format = formatString(reading)
    const toSign = stringToSign(reading.signTime, format)
    if (timingSafeEqual(Buffer.from(signature(key, toSign), 'latin1'), given)) return
    likeliest ??= { stringToSign: toSign, formatString: format }
  }
  throw new Failure('SignatureMismatch', 'The Signature you specified is invalid.', { details: likeliest ?? {} })
}
