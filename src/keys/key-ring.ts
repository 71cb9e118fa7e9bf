import { type Agent, type Clock, every, Failure, type Log } from '../base/index.ts'
import { type AccessKey, FIRST_KEY_NAME, type KeptKey, type KeyKind } from './access-key.ts'
import { isSecretOf, readBearerToken } from './bearer-token.ts'
import type { KeyStore } from './key-store.ts'
import { grantOfAll } from './permission.ts'
import { Requester } from './requester.ts'
import { findTemporaryKey, type ParentKey } from './temporary-key.ts'

/** A key pair that was looked up, before it is known whether its owner asks. */
export interface FoundPair {
  readonly secretKey: string
  /**
   * Who asks, once the signature has turned out right.
   *
   * @throws Failure `UnknownKey` when the pair is switched off or has ended: only its owner is told
   */
  admit(): Requester
}

/** What the doors ask: who has this key. */
export interface Keys {
  /**
   * The pair of a SecretId; for a temporary one, one of the security tokens that came along must be its own.
   *
   * @throws Failure `SecurityTokenExpired`
   */
  findPair(secretId: string, securityTokens: readonly string[]): FoundPair | null
  /** Who has this bearer token. @throws Failure `TokenRefused` */
  admitToken(text: string): Requester
}

export interface KeyRingDeps {
  readonly store: Pick<KeyStore, 'keptKeys' | 'noteKeyUses'>
  /** The pair of the settings or of the data folder. It may everything, and is not in the ledger. */
  readonly first: { readonly secretId: string; readonly secretKey: string }
  readonly clock: Clock
  readonly log: Log
  /** From one look at the ledger to the next: a change is announced, and this is for when that was lost. */
  readonly lookEveryMs?: number
}

const LOOK_EVERY_MS = 5_000
/** Last uses are written down at most so often. */
const NOTE_EVERY_MS = 60_000

/** Every key and token in memory, so that a request costs the ledger nothing. */
export class KeyRing implements Keys, Agent {
  readonly #deps: KeyRingDeps
  readonly #first: KeptKey
  readonly #looking: Agent
  #keys: ReadonlyMap<string, KeptKey>
  /** Of uses that are not written down yet. */
  #uses = new Map<string, number>()
  #notedAt: number
  #loading: Promise<void> = Promise.resolve()

  constructor(deps: KeyRingDeps) {
    this.#deps = deps
    this.#notedAt = deps.clock.now()
    this.#first = {
      id: deps.first.secretId,
      kind: 'pair',
      name: FIRST_KEY_NAME,
      grant: grantOfAll,
      createdAt: 0,
      expiresAt: null,
      isDisabled: false,
      lastUsedAt: null,
      secret: deps.first.secretKey,
    }
    this.#keys = new Map([[this.#first.id, this.#first]])
    this.#looking = every({
      everyMs: deps.lookEveryMs ?? LOOK_EVERY_MS,
      round: async () => {
        await this.load()
        await this.#noteUses(false)
      },
      whenItFails: 'the keys could not be read again; those known so far go on',
      log: deps.log,
    })
  }

  /** Reads all keys anew. When it resolves, what was committed before the call holds here. */
  load(): Promise<void> {
    const next = this.#loading
      .catch(() => undefined)
      .then(async () => {
        const kept = await this.#deps.store.keptKeys()
        // The first pair wins over one of the ledger that has its id.
        this.#keys = new Map([...kept, this.#first].map((key) => [key.id, key]))
      })
    this.#loading = next
    return next
  }

  async start(): Promise<void> {
    await this.load()
    await this.#looking.start()
  }

  async stop(): Promise<void> {
    await this.#looking.stop()
    await this.#noteUses(true)
  }

  findPair(secretId: string, securityTokens: readonly string[]): FoundPair | null {
    const key = this.#of('pair', secretId)
    if (key !== null) return { secretKey: key.secret, admit: () => this.#admit(key) }
    for (const token of securityTokens) {
      const found = findTemporaryKey(secretId, token, (id) => this.#parent(id), this.#deps.clock.now())
      if (found === null) continue
      const { secretKey, parent, grant } = found
      return {
        secretKey,
        admit: () => {
          this.#used(parent.id)
          return new Requester(secretId, grant)
        },
      }
    }
    return null
  }

  admitToken(text: string): Requester {
    const read = readBearerToken(text)
    const key = read === null ? null : this.#of('token', read.id)
    if (read === null || key === null || !isSecretOf(read.secret, key.secret)) throw new Failure('TokenRefused')
    const refusal = this.#refusal(key)
    if (refusal !== null) throw new Failure('TokenRefused', refusal)
    return this.#admit(key)
  }

  /** Keys and tokens of a kind, the first pair in front, with their uses up to now. */
  list(kind: KeyKind): readonly AccessKey[] {
    const keys = [...this.#keys.values()].filter((key) => key.kind === kind && key !== this.#first)
    return (kind === 'pair' ? [this.#first, ...keys] : keys).map(({ secret: _, ...key }) => ({
      ...key,
      lastUsedAt: this.#uses.get(key.id) ?? key.lastUsedAt,
    }))
  }

  /** The key that temporary ones can be made of: whoever asks, when they ask with a key that is kept. */
  parentOf({ id }: Requester): ParentKey | null {
    return id === null ? null : this.#parent(id)
  }

  isFirst(id: string): boolean {
    return id === this.#first.id
  }

  #of(kind: KeyKind, id: string): KeptKey | null {
    const key = this.#keys.get(id)
    return key?.kind === kind ? key : null
  }

  #parent(id: string): ParentKey | null {
    const key = this.#keys.get(id)
    return key === undefined || this.#refusal(key) !== null ? null : key
  }

  #admit(key: KeptKey): Requester {
    const refusal = this.#refusal(key)
    if (refusal !== null) throw new Failure('UnknownKey', refusal)
    this.#used(key.id)
    return new Requester(key.id, key.grant)
  }

  #refusal({ id, kind, isDisabled, expiresAt }: KeptKey): string | null {
    const what = kind === 'pair' ? `The key pair ${id}` : `The token ${id}`
    if (isDisabled) return `${what} is switched off.`
    if (expiresAt !== null && this.#deps.clock.now() >= expiresAt) {
      return `${what} has ended at ${new Date(expiresAt).toISOString()}.`
    }
    return null
  }

  #used(id: string): void {
    this.#uses.set(id, this.#deps.clock.now())
  }

  async #noteUses(isLast: boolean): Promise<void> {
    const now = this.#deps.clock.now()
    if (!isLast && now - this.#notedAt < NOTE_EVERY_MS) return
    this.#notedAt = now
    const uses = [...this.#uses].filter(([id]) => id !== this.#first.id).map(([id, at]) => ({ id, at }))
    if (uses.length === 0) return
    await this.#deps.store.noteKeyUses(uses)
    // What was used since is still to be written down.
    for (const { id, at } of uses) if (this.#uses.get(id) === at) this.#uses.delete(id)
  }
}
