import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A new token: what its owner gets to see once, and what is kept of it. */
export interface MadeToken {
  readonly id: string
  /** `pixmill_<id>_<secret>`: an id of 16 hexadecimal digits, a secret of 32 bytes as base64url. */
  readonly text: string
  readonly hash: string
}

export function makeBearerToken(): MadeToken {
  const id = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('base64url')
  return { id, text: `pixmill_${id}_${secret}`, hash: hashOf(secret) }
}

/** The two parts of a token's text; `null` when it is none. */
export function readBearerToken(text: string): { id: string; secret: string } | null {
  const [, id, secret] = /^pixmill_([0-9a-f]{16})_([\w-]{43})$/.exec(text) ?? []
  return id === undefined || secret === undefined ? null : { id, secret }
}

/** In a time that says nothing about where the two differ. */
export function isSecretOf(secret: string, keptHash: string): boolean {
  const given = Buffer.from(hashOf(secret))
  const kept = Buffer.from(keptHash)
  return given.length === kept.length && timingSafeEqual(given, kept)
}

/** Once is enough: the secret is chance, not a word that somebody could guess. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
