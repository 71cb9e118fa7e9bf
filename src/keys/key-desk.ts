import { randomBytes } from 'node:crypto'
import { type Clock, Failure } from '../base/index.ts'
import type { AccessKey, KeyKind } from './access-key.ts'
import { makeBearerToken } from './bearer-token.ts'
import type { KeyRing } from './key-ring.ts'
import type { KeyStore } from './key-store.ts'
import { coversPattern, type Grant, grants } from './permission.ts'
import type { Requester } from './requester.ts'
import { makeTemporaryKey, type TemporaryKey } from './temporary-key.ts'

export interface NewKey {
  readonly name: string
  readonly grant: Grant
  /** UTC milliseconds; `null`: it never ends. */
  readonly expiresAt: number | null
}

/** A temporary key may be good for so long, in seconds. */
export const temporarySeconds = { least: 60, most: 36 * 3_600, default: 1_800 } as const

/** Where keys and tokens are made, switched and taken away. What has changed holds on this server when a call resolves. */
export class KeyDesk {
  readonly #store: KeyStore
  readonly #ring: KeyRing
  readonly #clock: Clock

  constructor({ store, ring, clock }: { readonly store: KeyStore; readonly ring: KeyRing; readonly clock: Clock }) {
    this.#store = store
    this.#ring = ring
    this.#clock = clock
  }

  list(kind: KeyKind): readonly AccessKey[] {
    return this.#ring.list(kind)
  }

  /**
   * @param given a pair that programs know already; else one is made
   * @throws Failure `KeyTaken`, `InvalidArgument`
   */
  async makePair(
    { name, grant, expiresAt }: NewKey,
    given: { readonly secretId: string; readonly secretKey: string } | null,
  ): Promise<{ readonly key: AccessKey; readonly secretKey: string }> {
    this.#checkEnd(expiresAt)
    const secretId = given?.secretId ?? `AKID${randomBytes(16).toString('hex')}`
    const secretKey = given?.secretKey ?? randomBytes(20).toString('hex')
    if (this.#ring.isFirst(secretId)) throw new Failure('KeyTaken', `There is a key ${secretId} already.`)
    const key = await this.#store.keepKey({ id: secretId, kind: 'pair', name, grant, expiresAt, secret: secretKey })
    await this.#ring.load()
    return { key, secretKey }
  }

  /** @throws Failure `InvalidArgument` */
  async makeToken({ name, grant, expiresAt }: NewKey): Promise<{ readonly key: AccessKey; readonly token: string }> {
    this.#checkEnd(expiresAt)
    const { id, text, hash } = makeBearerToken()
    const key = await this.#store.keepKey({ id, kind: 'token', name, grant, expiresAt, secret: hash })
    await this.#ring.load()
    return { key, token: text }
  }

  /** @throws Failure `KeyNotFound`, `AccessDenied` for the first pair */
  async setDisabled(kind: KeyKind, id: string, isDisabled: boolean): Promise<AccessKey> {
    this.#refuseFirst(id)
    const key = await this.#store.setKeyDisabled(kind, id, isDisabled)
    await this.#ring.load()
    return key
  }

  /** @throws Failure `KeyNotFound`, `AccessDenied` for the first pair */
  async remove(kind: KeyKind, id: string): Promise<void> {
    this.#refuseFirst(id)
    await this.#store.deleteKey(kind, id)
    await this.#ring.load()
  }

  /**
   * A temporary key that may no more than the one who asks.
   *
   * @param asked what it may; what is `null` is as for the one who asks
   * @throws Failure `AccessDenied` when it should do more, or when the one who asks does so with a temporary key
   */
  makeTemporary(
    requester: Requester,
    asked: { readonly buckets: Grant['buckets'] | null; readonly permissions: Grant['permissions'] | null },
    seconds: number,
  ): TemporaryKey {
    const parent = this.#ring.parentOf(requester)
    if (parent === null) {
      throw new Failure(
        'AccessDenied',
        'A temporary key cannot be made with a temporary key, expected one that is kept.',
      )
    }
    const { buckets = null, permissions = null } = asked
    const grant = { buckets: buckets ?? parent.grant.buckets, permissions: permissions ?? parent.grant.permissions }
    const wrongBucket = grant.buckets.find((pattern) => !coversPattern(parent.grant.buckets, pattern))
    const wrongPermission = grant.permissions.find((one) => !grants({ ...parent.grant, buckets: ['*'] }, one, null))
    if (wrongBucket !== undefined) {
      throw new Failure(
        'AccessDenied',
        `The key ${parent.id} may nothing in ${wrongBucket}, so it cannot hand that on.`,
      )
    }
    if (wrongPermission !== undefined) {
      throw new Failure(
        'AccessDenied',
        `The key ${parent.id} lacks the permission "${wrongPermission}", so it cannot hand it on.`,
      )
    }
    return makeTemporaryKey(parent, grant, this.#clock.now() + seconds * 1_000)
  }

  #checkEnd(expiresAt: number | null): void {
    const now = this.#clock.now()
    if (expiresAt === null || expiresAt > now) return
    throw new Failure(
      'InvalidArgument',
      `expires is ${new Date(expiresAt).toISOString()}, expected a time after now, which is ${new Date(now).toISOString()}.`,
      { details: { field: 'expires' } },
    )
  }

  #refuseFirst(id: string): void {
    if (!this.#ring.isFirst(id)) return
    throw new Failure(
      'AccessDenied',
      `${id} is the pair that the server was started with: it changes with PIXMILL_SECRET_ID and PIXMILL_SECRET_KEY, or with credentials.json in the data folder.`,
    )
  }
}
