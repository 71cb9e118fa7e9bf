/** What differs between key pairs and tokens, in words and in addresses. */
export interface KindOfKey {
  /** The command, the path, and the list in the answer. */
  readonly word: 'keys' | 'tokens'
  readonly one: string
  readonly many: string
}

export const keyPairs: KindOfKey = { word: 'keys', one: 'key pair', many: 'key pairs' }
export const tokens: KindOfKey = { word: 'tokens', one: 'token', many: 'tokens' }

/** A key or a token, as the server tells it. */
export interface ToldKey {
  readonly id: string
  readonly name: string
  readonly buckets: readonly string[]
  readonly permissions: readonly string[]
  readonly disabled: boolean
  readonly created: string | null
  readonly expires: string | null
  readonly lastUsed: string | null
}
