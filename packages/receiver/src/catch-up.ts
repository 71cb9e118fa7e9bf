import type { CallbackEvent } from './events.ts'
import { parse } from './parse.ts'
import { type Callback, type Handling, handleOnce, keyOf } from './receive.ts'
import { ReceiverError, said } from './receiver-error.ts'

export interface FeedOptions {
  /** Where the server listens: `https://pixmill.example`. */
  readonly server: string
  /** A token that may `read` in every bucket, or in `bucket`. */
  readonly token: string
  /** A cursor; `newest`: only what comes. Default: everything there is. */
  readonly after?: string
  /** Only events of this bucket. */
  readonly bucket?: string
  /** Waits for what comes. Default `false`: ends with what is there. */
  readonly follow?: boolean
  /** How long a server that does not answer is asked again. Default 60; `Infinity` for ever. */
  readonly patienceSeconds?: number
  /** Ends it. */
  readonly signal?: AbortSignal
  /** Default the global one. */
  readonly fetch?: typeof globalThis.fetch
}

export interface FeedEntry {
  readonly event: CallbackEvent
  /** `sentAt` is `null`. */
  readonly callback: Callback
  /** For `after`. */
  readonly cursor: string
}

export interface CatchUpOptions extends FeedOptions, Pick<Handling, 'onEvent' | 'seen'> {
  /** As for the handler: events are then known by their job or run. */
  readonly unsafeAcceptUnsigned?: true
  /** Where to go on: when an event was handled, and when there was nothing that had to be. */
  readonly onCursor?: (cursor: string) => void | Promise<void>
}

interface Page {
  readonly events: readonly { readonly id: string; readonly body: string | null; readonly cursor: string }[]
  readonly next: string
  readonly more: boolean
}

const WAIT_SECONDS = 30
/** A server that holds an answer for longer than that is not there. */
const GIVE_UP_MS = 60_000
const BUSY_MS = 1_000

/**
 * All events of a server, the oldest first, each once: for a receiver that lost what it had, or that cannot be called.
 *
 * @throws ReceiverError `CursorExpired`: read what is left without `after`; `FeedRefused`, `FeedUnreachable`; `InvalidOption`
 */
export async function* eventFeed(options: FeedOptions): AsyncGenerator<FeedEntry, void> {
  for await (const page of pages(options)) yield* entriesOf(page)
}

/**
 * Handles all events of a server with the `onEvent` and `seen` of your handler: what that has handled is not handled again.
 *
 * @returns the cursor to go on from. It is behind everything that was looked at, be it of another bucket: so it grows no older
 * than the last look, and what is removed behind it was seen
 * @throws what `onEvent` throws, and what `eventFeed` throws
 */
export async function catchUp(options: CatchUpOptions): Promise<string> {
  const { onCursor, unsafeAcceptUnsigned } = options
  let after = options.after ?? ''
  const goOn = async (cursor: string): Promise<void> => {
    if (cursor !== after) await onCursor?.(cursor)
    after = cursor
  }
  for await (const page of pages(options)) {
    for (const { event, callback, cursor } of entriesOf(page)) {
      const known = unsafeAcceptUnsigned ? { key: keyOf(event), id: null, sentAt: null } : callback
      // Somebody else is at it: when that one dies with it, it is for us.
      while ((await handleOnce(event, known, options)).status === 503) await pause(BUSY_MS, options.signal)
      await goOn(cursor)
    }
    await goOn(page.next)
  }
  return after
}

async function* pages(options: FeedOptions): AsyncGenerator<Page, void> {
  checkFeed(options)
  const { after, follow = false } = options
  for (let next = after; ; ) {
    const page = await ask(options, next)
    yield page
    next = page.next
    if (!page.more && !follow) return
  }
}

function* entriesOf({ events }: Page): Generator<FeedEntry, void> {
  for (const { id, body, cursor } of events) {
    // Nothing is known any more of what it speaks of.
    if (body !== null) yield { event: parse(body), callback: { key: id, id, sentAt: null }, cursor }
  }
}

/** What stands in the environment may be missing there. */
function checkFeed({ server, token }: FeedOptions): void {
  if (!URL.canParse(server)) {
    throw new ReceiverError('InvalidOption', `server is ${said(server)}, expected an address: https://pixmill.example.`)
  }
  // An empty one is right where `fetch` proves who asks.
  if (typeof token === 'string') return
  throw new ReceiverError('InvalidOption', 'token is missing. Is the environment variable set?')
}

async function ask(options: FeedOptions, after: string | undefined): Promise<Page> {
  const { server, token, bucket, follow, patienceSeconds = 60, signal } = options
  const url = new URL('/-/api/events', server)
  if (after !== undefined) url.searchParams.set('after', after)
  if (bucket !== undefined) url.searchParams.set('bucket', bucket)
  if (follow) url.searchParams.set('wait', `${WAIT_SECONDS}s`)
  const begunAt = Date.now()
  for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, 10_000)) {
    let trouble: string
    try {
      const limit = AbortSignal.timeout(GIVE_UP_MS)
      const answer = await (options.fetch ?? fetch)(url, {
        headers: { authorization: `Bearer ${token}` },
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      })
      if (answer.ok) return (await answer.json()) as Page
      trouble = `it answered ${answer.status}: ${(await answer.text()).slice(0, 300)}`
      if (answer.status === 410)
        throw new ReceiverError('CursorExpired', `The cursor is of no use any more: ${trouble}`)
      if (answer.status < 500 && answer.status !== 429)
        throw new ReceiverError('FeedRefused', `${url.origin}: ${trouble}`)
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof ReceiverError) throw error
      trouble = String((error as Error).cause ?? error)
    }
    if (Date.now() - begunAt > patienceSeconds * 1_000) {
      throw new ReceiverError('FeedUnreachable', `There are no events from ${url.origin}: ${trouble}`)
    }
    await pause(waitMs, signal)
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
  })
}
