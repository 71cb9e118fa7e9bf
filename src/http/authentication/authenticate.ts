import { Failure } from '../../base/index.ts'
import { anonymous, type FoundPair, type Keys, type Requester, readBearerToken } from '../../keys/index.ts'
import { timesOfHeader } from '../times-of-header.ts'
import { findAuthorization } from './authorization.ts'
import { type ParsedTarget, parseTarget } from './raw-target.ts'
import type { RawHeaders } from './readings.ts'
import { type RequestToVerify, verifyRequest } from './verify-request.ts'

/** Both products' names for the token of a temporary key; programs send either to either. */
const SECURITY_TOKENS = ['x-cos-security-token', 'x-ci-security-token'] as const

/**
 * Who sent a request, by its signature: a key pair that is known, or nobody in particular.
 *
 * @throws Failure what `verifyRequest` throws; `SecurityTokenExpired`
 */
export function authenticate(request: Omit<RequestToVerify, 'findSecret'>, keys: Keys): Requester {
  let found: FoundPair | null = null
  const requester = verifyRequest({
    ...request,
    findSecret: (secretId) => {
      found = keys.findPair(secretId, securityTokens(request.headers, parseTarget(request.rawTarget)))
      return found?.secretKey ?? null
    },
  })
  // Only now: whether a pair is switched off is told to its owner, and to nobody else.
  return requester.kind === 'anonymous' ? anonymous : found!.admit()
}

/**
 * Refuses two headers Authorization.
 *
 * @param rawHeaders names and values in turn, as they came
 * @throws Failure `InvalidAuthorization`
 */
export function checkOneAuthorization(rawHeaders: readonly string[]): void {
  const count = timesOfHeader(rawHeaders, 'authorization')
  if (count < 2) return
  const details = { field: 'Authorization' }
  throw new Failure('InvalidAuthorization', `Authorization stands ${count} times, expected once.`, { details })
}

/** The key that a request says it is of, right or wrong, without any secret; `null` when none can be read. */
export function keySaid(rawTarget: string, headers: RawHeaders): string | null {
  const token = bearerTokenOf(headers)
  if (token !== null) return readBearerToken(token)?.id ?? null
  try {
    const said = findAuthorization(authorizationOf(headers), parseTarget(rawTarget).parameters)?.secretId ?? null
    // As many characters as any key has: it is remembered, and a stranger can send any number of them.
    return said === null ? null : said.slice(0, 128)
  } catch {
    return null
  }
}

/** The token of `Authorization: Bearer …`; `null` when the header is of another scheme, or not there. */
export function bearerTokenOf(headers: RawHeaders): string | null {
  return /^Bearer +(\S+)$/i.exec(authorizationOf(headers)?.trim() ?? '')?.[1] ?? null
}

function authorizationOf(headers: RawHeaders): string | undefined {
  const header = Object.hasOwn(headers, 'authorization') ? headers.authorization : undefined
  return typeof header === 'string' ? header : header?.[0]
}

/** Every token that came along. In a query some clients write it raw: then a plus in it is a plus. */
function securityTokens(headers: RawHeaders, { parameters }: ParsedTarget): readonly string[] {
  const tokens = SECURITY_TOKENS.flatMap((name) => {
    const header = Object.hasOwn(headers, name) ? headers[name] : undefined
    const inQuery = parameters.filter((parameter) => parameter.name.toLowerCase() === name)
    return [...[header ?? []].flat(), ...inQuery.flatMap(({ rawValue, value }) => [rawValue, value])]
  })
  return [...new Set(tokens.filter((token) => token !== ''))].slice(0, MOST_TOKENS)
}

/** Two headers and two parameters, each of which can be read in two ways. */
const MOST_TOKENS = 6
