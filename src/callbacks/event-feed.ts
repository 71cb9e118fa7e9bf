import { Failure } from '../base/index.ts'
import type { EventPage, EventQuery, EventStore, FeedPlace } from './event-store.ts'

export interface EventFeedOptions {
  readonly store: EventStore
  /** Calls the listener when there are new events, until the function that it gives is called. */
  readonly onNews: (listener: () => void) => () => void
  /** Readers that wait at once; more are refused. Default 200. */
  readonly maxWaiting?: number
  /** The safety net: how long at most until the ledger is asked again without being told. Default 5 s. */
  readonly pollMs?: number
  /**
   * How long at least from one look to the next of a reader for whom there was nothing in what came. Default 250 ms: else each
   * event would cost the ledger a look of everybody who waits for others.
   */
  readonly gapMs?: number
}

/** Events one after the other, for whoever asks; a reader may wait for the next. */
export class EventFeed {
  readonly #options: Required<EventFeedOptions>
  readonly #stopping = new AbortController()
  #waiting = 0

  constructor(options: EventFeedOptions) {
    this.#options = { maxWaiting: 200, pollMs: 5_000, gapMs: 250, ...options }
  }

  /**
   * A page of events. When there is none, the next one is waited for, up to `waitMs`; then the page is empty.
   *
   * @param signal ends the wait; the page is empty then, too
   * @throws Failure `CursorExpired`; `SlowDown` when too many wait already
   */
  async read(query: EventQuery, waitMs: number, signal: AbortSignal): Promise<EventPage> {
    const { store, onNews, maxWaiting, pollMs, gapMs } = this.#options
    if (waitMs === 0) return store.eventsAfter(query)
    if (this.#waiting >= maxWaiting) {
      throw new Failure('SlowDown', `${maxWaiting} readers wait for events already, expected fewer.`)
    }
    const until = performance.now() + waitMs
    const [news, ending] = [new Bell(), new Bell()]
    // Listened for before it is asked: what comes in between rings too.
    const off = onNews(() => news.ring())
    const endings = [signal, this.#stopping.signal]
    const end = (): void => {
      news.ring()
      ending.ring()
    }
    for (const one of endings) one.addEventListener('abort', end, { once: true })
    this.#waiting += 1
    try {
      let { after } = query
      for (let looks = 1; ; looks += 1) {
        const lookedAt = performance.now()
        const page = await store.eventsAfter({ ...query, after })
        const leftMs = until - performance.now()
        const isOver = endings.some(({ aborted }) => aborted) || leftMs <= 0
        if (page.events.length > 0 || page.hasMore || isOver) return page
        // What came was for others. (A bell that rings twice for one event, or for one that was seen, says nothing.)
        const wasInVain = looks > 1 && page.next.position !== after?.position
        // What did not fit the query need not be looked at again.
        after = page.next
        await news.next(Math.min(leftMs, pollMs))
        const restMs = wasInVain ? Math.min(leftMs, gapMs) - (performance.now() - lookedAt) : 0
        if (restMs > 0) await ending.next(restMs)
      }
    } finally {
      this.#waiting -= 1
      off()
      for (const one of endings) one.removeEventListener('abort', end)
    }
  }

  /** The place behind everything there is. A ledger whose events nobody has read for long is brought into order first. */
  async newestPlace(): Promise<FeedPlace> {
    for (;;) {
      const place = await this.#options.store.newestPlace()
      if (place !== null) return place
    }
  }

  /** Whoever waits is answered now. */
  stop(): void {
    this.#stopping.abort()
  }
}

/** Rings once for all that happened since somebody listened last. */
class Bell {
  #hasRung = false
  #wake: () => void = () => undefined

  ring(): void {
    this.#hasRung = true
    this.#wake()
  }

  /** Resolves when it rings, at once when it has rung since the last time; after `ms` at the latest. */
  async next(ms: number): Promise<void> {
    if (!this.#hasRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#hasRung = false
  }
}
