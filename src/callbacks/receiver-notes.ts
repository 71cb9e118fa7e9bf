import type { ReceiverId } from '../base/index.ts'
import type { Receiver } from './receiver-of.ts'
import type { ReceiverNote, ReceiverStanding, RestReason } from './receiver-store.ts'

/** One attempt, as far as its receiver is concerned. */
export interface NotedAttempt {
  readonly at: number
  readonly isSuccess: boolean
  readonly isFailure: boolean
  readonly error: string
  readonly restsUntil: number | null
  readonly restsBecause: RestReason | null
}

interface Page {
  note: ReceiverNote
  /** What was written last of it: whether it failed or rested then, and when that was. */
  wasTroubled: boolean
  writtenAt: number
  isDirty: boolean
}

/** A receiver that works is written down again after this time: its last success is no more exact than that. */
const WORKING_EVERY_MS = 60_000
const MOST_PAGES = 10_000

/**
 * What was learnt of receivers since it was written down. Of one that works there is hardly ever anything to write, so a
 * callback that arrives costs the ledger nothing more.
 */
export class ReceiverNotes {
  readonly #pages = new Map<ReceiverId, Page>()
  #dirty = 0

  /** Whether there is something to write. */
  get isDirty(): boolean {
    return this.#dirty > 0
  }

  take(receiver: Receiver, attempt: NotedAttempt): void {
    let page = this.#pages.get(receiver.id)
    if (page === undefined) {
      page = { note: blank(receiver), wasTroubled: false, writtenAt: Number.NEGATIVE_INFINITY, isDirty: false }
      this.#pages.set(receiver.id, page)
    }
    page.note = added(page.note, attempt)
    const isTroubled = page.note.failures > 0 || attempt.restsUntil !== null
    const isOld = attempt.at - page.writtenAt >= WORKING_EVERY_MS
    if (page.isDirty || !(isTroubled || page.wasTroubled || isOld)) return
    page.isDirty = true
    this.#dirty += 1
  }

  /** All that is to be written; from now on it counts as written. */
  drain(now: number): ReceiverNote[] {
    const notes: ReceiverNote[] = []
    for (const [id, page] of this.#pages) {
      if (page.isDirty) {
        notes.push(page.note)
        page.wasTroubled = page.note.failures > 0 || page.note.restsUntil !== null
        page.note = { ...page.note, successAt: null, failures: 0, failingSince: null, error: null }
        page.writtenAt = now
        page.isDirty = false
      } else if (this.#pages.size > MOST_PAGES) {
        this.#pages.delete(id)
      }
    }
    this.#dirty = 0
    return notes
  }
}

/** Failures in a row that it takes at least: one that came five days after another says little. */
const LEAST_FAILURES = 5

/** Whether a receiver has only failed for so long that nothing more should be sent there. */
export function isBeyondHope(standing: ReceiverStanding, now: number, hopeMs: number): boolean {
  return standing.isEnabled && standing.failures >= LEAST_FAILURES && now - standing.failingSince >= hopeMs
}

function blank(receiver: Receiver): ReceiverNote {
  return {
    ...receiver,
    attemptAt: 0,
    successAt: null,
    failures: 0,
    failingSince: null,
    error: null,
    restsUntil: null,
    restsBecause: null,
  }
}

function added(note: ReceiverNote, attempt: NotedAttempt): ReceiverNote {
  const { at, restsUntil, restsBecause } = attempt
  const seen = { ...note, attemptAt: Math.max(note.attemptAt, at), restsUntil, restsBecause }
  if (attempt.isSuccess) return { ...seen, successAt: at, failures: 0, failingSince: null, error: null }
  if (!attempt.isFailure) return seen
  return { ...seen, failures: note.failures + 1, failingSince: note.failingSince ?? at, error: attempt.error }
}
