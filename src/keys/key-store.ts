import type { AccessKey, KeptKey, KeyKind } from './access-key.ts'

/** What the house needs of the place where keys and tokens are kept. */
export interface KeyStore {
  /** All of them, oldest first. */
  keptKeys(): Promise<readonly KeptKey[]>
  /**
   * Keeps a new one, made now.
   *
   * @throws Failure `KeyTaken` when there is one of this id, of whatever kind; `InvalidArgument` beyond `MAX_KEYS`
   */
  keepKey(key: Omit<KeptKey, 'createdAt' | 'lastUsedAt' | 'isDisabled'>): Promise<AccessKey>
  /** Switches off or on again. @throws Failure `KeyNotFound` */
  setKeyDisabled(kind: KeyKind, id: string, isDisabled: boolean): Promise<AccessKey>
  /** @throws Failure `KeyNotFound` */
  deleteKey(kind: KeyKind, id: string): Promise<void>
  /** Notes when keys were used last. An earlier time than the one kept, and a key that is gone, change nothing. */
  noteKeyUses(uses: readonly { readonly id: string; readonly at: number }[]): Promise<void>
}
