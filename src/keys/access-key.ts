import type { Grant } from './permission.ts'

/** How somebody proves who they are: a key pair signs requests, a token is sent along with them. */
export type KeyKind = 'pair' | 'token'

/** A key pair or a token, as it is told. Times are UTC milliseconds. */
export interface AccessKey {
  /** The SecretId of a pair; of a token its name among tokens, which stands in its text. */
  readonly id: string
  readonly kind: KeyKind
  /** For people: whose it is, or what for. */
  readonly name: string
  readonly grant: Grant
  readonly createdAt: number
  /** From then on it is refused; `null`: never. */
  readonly expiresAt: number | null
  readonly isDisabled: boolean
  /** As far as it was written down: uses are gathered for a minute. `null`: never. */
  readonly lastUsedAt: number | null
}

/** With what is needed to know its owner again. Never logged, never answered. */
export interface KeptKey extends AccessKey {
  /** The SecretKey of a pair, since a signature can only be made again with it; of a token the SHA-256 of its secret. */
  readonly secret: string
}

/** What the pair of the settings, or of the data folder, is called: it is in no ledger. */
export const FIRST_KEY_NAME = 'first'

/** How many keys and tokens one ledger holds: all of them lie in the memory of every server. */
export const MAX_KEYS = 10_000
