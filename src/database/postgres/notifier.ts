import type { WakeChannel } from '../ledger.ts'

/** Wakes of one channel within this time are told as one. */
const JOIN_MS = 20

/**
 * Tells siblings that there is work: the first wake at once, those that follow within 20 ms as one at the end of that
 * time. Sent after the commit and not inside it: PostgreSQL takes a lock on the whole database to commit a transaction
 * that notifies, and a wake that is lost on the way costs no more than a poll.
 */
export class Notifier {
  readonly #send: (channel: WakeChannel) => void
  /** Channels that were told a moment ago; `true` when there is more to tell. */
  readonly #joining = new Map<WakeChannel, { more: boolean; timer: NodeJS.Timeout }>()

  constructor(send: (channel: WakeChannel) => void) {
    this.#send = send
  }

  tell(channel: WakeChannel): void {
    const joining = this.#joining.get(channel)
    if (joining !== undefined) {
      joining.more = true
      return
    }
    this.#send(channel)
    const timer = setTimeout(() => {
      const { more } = this.#joining.get(channel)!
      this.#joining.delete(channel)
      if (more) this.tell(channel)
    }, JOIN_MS)
    this.#joining.set(channel, { more: false, timer })
  }

  close(): void {
    for (const { timer } of this.#joining.values()) clearTimeout(timer)
    this.#joining.clear()
  }
}
