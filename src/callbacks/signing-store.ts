import type { CallbackHeader, CallbackProfile } from '../wire/index.ts'
import type { Route } from './routing.ts'

/** Whose secret it is. A workflow's goes before that of its queue, and a queue's before that of the server. */
export type SecretOwner = { readonly kind: 'server' } | { readonly kind: 'queue' | 'workflow'; readonly id: string }

export interface SigningSecret {
  /** `whsec_…` */
  readonly value: string
  /** Until when it signs, UTC milliseconds; `null`: until it is replaced. */
  readonly retiresAt: number | null
}

/** Everything that is put on a callback at the moment it is sent. Secrets: the newest first. */
export interface Signing {
  readonly server: readonly SigningSecret[]
  /** By id; only those that have secrets of their own. */
  readonly queues: Readonly<Record<string, readonly SigningSecret[]>>
  readonly workflows: Readonly<Record<string, readonly SigningSecret[]>>
  /** Of queues that have any, by id. */
  readonly headers: Readonly<Record<string, readonly CallbackHeader[]>>
}

/** A secret as it may be shown. */
export interface SecretRecord {
  readonly owner: SecretOwner
  /** The beginning of its SHA-256, in hexadecimal: tells secrets from each other. */
  readonly fingerprint: string
  readonly createdAt: number
  readonly retiresAt: number | null
}

/** What a queue says of its callbacks; or a workflow, with the queue that its runs would have now. */
export interface CallbackGround {
  /** `null` when the bucket of the workflow has none. */
  readonly queueId: string | null
  readonly workflowId: string | null
  /** `null`: the server's. */
  readonly profile: CallbackProfile | null
  /** Where it wants to be told, whatever the events and whether that is on; `null`: it has no address. */
  readonly to: Route | null
}

/** What the house needs of a place that keeps the secrets of callbacks. Every call is one short transaction. */
export interface SigningStore {
  /** What is valid now. */
  findSigning(): Promise<Signing>
  /** Those that are valid now: the server's first, then by owner, the newest first. */
  listSecrets(): Promise<SecretRecord[]>
  /**
   * Gives an owner a new secret. The one before it signs on for `keepOldMs`, beside the new one; older ones go. Couriers
   * everywhere learn of it. Fails with `QueueNotFound` or `WorkflowNotFound`.
   */
  rotateSecret(owner: SecretOwner, value: string, keepOldMs: number): Promise<void>
  /** Takes the secrets of a queue or a workflow away: what is above it signs again. Gives how many there were. */
  removeSecrets(owner: Exclude<SecretOwner, { kind: 'server' }>): Promise<number>
  /** What is said where, for a test of it. Fails with `QueueNotFound` or `WorkflowNotFound`. */
  findGround(owner: Exclude<SecretOwner, { kind: 'server' }>): Promise<CallbackGround>
}
