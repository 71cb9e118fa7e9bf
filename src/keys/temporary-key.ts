import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { Failure } from '../base/index.ts'
import { coversPattern, type Grant, grants, type Permission, permissions } from './permission.ts'

/** A key pair that ends by itself, and the security token that goes along with every request it signs. */
export interface TemporaryKey {
  readonly secretId: string
  readonly secretKey: string
  readonly token: string
  readonly grant: Grant
  /** UTC milliseconds. */
  readonly expiresAt: number
}

/** The key that a temporary one stands for; its secret makes and checks the token. */
export interface ParentKey {
  readonly id: string
  readonly secret: string
  readonly grant: Grant
}

/** What a security token says, in signed form. */
interface Said {
  readonly parent: string
  readonly nonce: string
  readonly expiresAt: number
  readonly grant: Grant
}

/** Longer than any token of ours; what is longer is not looked at. */
const MAX_TOKEN_CHARACTERS = 6 * 1024

/**
 * Makes a temporary key. Nothing is kept: the token carries what it allows, and a code over it that is made with the
 * secret of the parent, as is the SecretKey. So every server that knows the parent knows it again, it ends with the
 * parent, and it never allows more than the parent does at the moment of the request.
 */
export function makeTemporaryKey(parent: ParentKey, grant: Grant, expiresAt: number): TemporaryKey {
  const said: Said = { parent: parent.id, nonce: randomBytes(12).toString('base64url'), expiresAt, grant }
  const payload = Buffer.from(JSON.stringify(said)).toString('base64url')
  return {
    secretId: secretIdOf(payload),
    secretKey: secretKeyOf(parent, payload),
    token: `v1.${payload}.${codeOf(parent, payload)}`,
    grant,
    expiresAt,
  }
}

/**
 * Knows a temporary key again by its SecretId and the token of the request.
 *
 * @param findParent `null` when there is no such key any more, or it is switched off
 * @returns `null` when the token is none of ours, or is that of another SecretId
 * @throws Failure `SecurityTokenExpired`
 */
export function findTemporaryKey(
  secretId: string,
  token: string,
  findParent: (id: string) => ParentKey | null,
  nowMs: number,
): { readonly secretKey: string; readonly parent: ParentKey; readonly grant: Grant } | null {
  const [version, payload, code, ...rest] = token.length > MAX_TOKEN_CHARACTERS ? [] : token.split('.')
  if (version !== 'v1' || payload === undefined || code === undefined || rest.length > 0) return null
  if (secretIdOf(payload) !== secretId) return null
  const said = readSaid(payload)
  const parent = said === null ? null : findParent(said.parent)
  if (said === null || parent === null || !isSame(code, codeOf(parent, payload))) return null
  if (nowMs >= said.expiresAt) {
    const at = new Date(said.expiresAt).toISOString()
    throw new Failure('SecurityTokenExpired', `The security token of ${secretId} has expired at ${at}.`)
  }
  return { secretKey: secretKeyOf(parent, payload), parent, grant: narrowed(said.grant, parent.grant) }
}

/** What both allow. What the parent has lost since the token was made, the token has lost, too. */
export function narrowed(grant: Grant, by: Grant): Grant {
  return {
    buckets: grant.buckets.flatMap((pattern) =>
      coversPattern(by.buckets, pattern) ? [pattern] : by.buckets.filter((one) => coversPattern([pattern], one)),
    ),
    permissions: permissions.filter((one) => allows(grant, one) && allows(by, one)),
  }
}

function allows({ permissions }: Grant, permission: Permission): boolean {
  return grants({ buckets: ['*'], permissions }, permission, null)
}

function readSaid(payload: string): Said | null {
  try {
    // Ours, or the code below it does not fit; read first because it says whose secret makes that code.
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Partial<Said> | null
    return typeof said?.parent === 'string' && typeof said.expiresAt === 'number' ? (said as Said) : null
  } catch {
    return null
  }
}

function secretIdOf(payload: string): string {
  return `AKIDT${createHash('sha256').update(payload).digest('hex').slice(0, 31)}`
}

function secretKeyOf(parent: ParentKey, payload: string): string {
  return derived(parent, 'secret key', payload).toString('hex').slice(0, 40)
}

function codeOf(parent: ParentKey, payload: string): string {
  return derived(parent, 'token', payload).toString('base64url')
}

/** The purpose keeps one of the two from being taken for the other, and both from being any other code of this secret. */
function derived({ secret }: ParentKey, purpose: string, payload: string): Buffer {
  const key = createHmac('sha256', secret).update('pixmill temporary key').digest()
  return createHmac('sha256', key).update(`${purpose}\n${payload}`).digest()
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
