import { type Clock, Failure, type Log, systemClock } from '../base/index.ts'
import type { CallbackHeader } from '../wire/index.ts'
import type { ClaimedDelivery } from './delivery-store.ts'
import { newWebhookSecret, type ReceivedWebhook, webhookKey, webhookRefusal } from './signature.ts'
import type {
  CallbackGround,
  SecretOwner,
  SecretRecord,
  Signing,
  SigningSecret,
  SigningStore,
} from './signing-store.ts'

/** How long the old secret signs beside the new one when nobody says: a day to make the new one known. */
export const KEEP_OLD_SECRET_MS = 24 * 3_600_000

export interface SigningBookOptions {
  readonly store: SigningStore
  /** The server's secrets when they are given by the settings; `null`: those of the ledger. */
  readonly given: readonly string[] | null
  readonly log: Log
  readonly clock?: Clock
}

/**
 * What the couriers of this server sign with, at hand: nothing is asked of the ledger for a callback. It is read again
 * whenever the ledger says that it changed.
 */
export class SigningBook {
  readonly #options: SigningBookOptions
  readonly #clock: Clock
  #signing: Signing = { server: [], queues: {}, workflows: {}, headers: {} }
  #reading: Promise<void> | null = null
  #again = false

  constructor(options: SigningBookOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  /** Reads all of it anew. Rejects when the ledger does; what was known stays then. */
  async read(): Promise<void> {
    this.#signing = await this.#options.store.findSigning()
  }

  /** Something has changed. Never rejects; calls that come while it reads are one more reading. */
  refresh(): Promise<void> {
    this.#again = true
    this.#reading ??= (async () => {
      while (this.#again) {
        this.#again = false
        await this.read().catch((error: unknown) => {
          this.#options.log.error({ err: error }, 'could not read the secrets of callbacks; the old ones go on signing')
        })
      }
      this.#reading = null
    })()
    return this.#reading
  }

  /** The server's, the newest first. */
  get serverSecrets(): readonly string[] {
    return this.#options.given ?? this.#valid(this.#signing.server)
  }

  /** Whether the server's secrets are given by the settings. */
  get isGiven(): boolean {
    return this.#options.given !== null
  }

  /** Why a callback that somebody received is not ours; `null` when one of all our secrets has signed it just now. */
  refusal(received: ReceivedWebhook): string | null {
    const { queues, workflows } = this.#signing
    const own = [...Object.values(queues), ...Object.values(workflows)].flatMap((secrets) => this.#valid(secrets))
    return webhookRefusal(received, { secrets: [...this.serverSecrets, ...own], nowMs: this.#clock.now() })
  }

  /** All that sign this delivery, the newest first. */
  secretsFor({ queueId, workflowId }: Pick<ClaimedDelivery, 'queueId' | 'workflowId'>): readonly string[] {
    const { queues, workflows } = this.#signing
    for (const own of [workflowId && workflows[workflowId], queueId && queues[queueId]]) {
      if (own) return this.#valid(own)
    }
    return this.serverSecrets
  }

  /** What the queue adds to callbacks to its own address. */
  headersFor({ queueId, byQueue }: Pick<ClaimedDelivery, 'queueId' | 'byQueue'>): readonly CallbackHeader[] {
    return (byQueue && queueId !== null && this.#signing.headers[queueId]) || []
  }

  list(): Promise<SecretRecord[]> {
    return this.#options.store.listSecrets()
  }

  /** What a queue or workflow says of its callbacks. Fails with `QueueNotFound` or `WorkflowNotFound`. */
  groundOf(owner: Exclude<SecretOwner, { kind: 'server' }>): Promise<CallbackGround> {
    return this.#options.store.findGround(owner)
  }

  /**
   * Gives an owner a new secret, or its first one, and gives it back: it is shown nowhere else. From then on every courier
   * of this server signs with it; those of others learn of it within moments.
   *
   * @param value default a new one
   * @throws Failure `InvalidArgument` when the value is no secret, or the server's is set by `PIXMILL_WEBHOOK_SECRET`;
   * `QueueNotFound`, `WorkflowNotFound`
   */
  async rotate(
    owner: SecretOwner,
    { value = newWebhookSecret(), keepOldMs = KEEP_OLD_SECRET_MS } = {},
  ): Promise<string> {
    webhookKey(value)
    if (owner.kind === 'server' && this.#options.given !== null) {
      throw new Failure(
        'InvalidArgument',
        'The secret of the server is set by PIXMILL_WEBHOOK_SECRET; put the new one there, in front of the old one, and start the server again.',
      )
    }
    await this.#options.store.rotateSecret(owner, value, keepOldMs)
    await this.refresh()
    return value
  }

  /** Takes the secrets of a queue or a workflow away. Gives how many there were. */
  async remove(owner: Exclude<SecretOwner, { kind: 'server' }>): Promise<number> {
    const removed = await this.#options.store.removeSecrets(owner)
    await this.refresh()
    return removed
  }

  #valid(secrets: readonly SigningSecret[]): readonly string[] {
    const now = this.#clock.now()
    return secrets.filter(({ retiresAt }) => retiresAt === null || retiresAt > now).map(({ value }) => value)
  }
}
