import type { AfterAttempt } from './delivery-store.ts'

/**
 * Waits before each further attempt at a delivery, in seconds; the last one repeats until the event is five days old,
 * then the delivery is given up and stays visible as dead. Each wait is spread by ±20 % so that a recovering receiver
 * is not hit by everyone at once. An empty list means: one attempt, no retry.
 *
 * @source Standard Webhooks 1.0.0, "Deliverability and reliability"; Svix gives an endpoint up after five days
 */
export const defaultRetryWaitsSeconds: readonly number[] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800]

/** How long after its event a delivery gets its last attempt. */
export const GIVE_UP_AFTER_MS = 5 * 24 * 3_600_000

/** A receiver may ask for a break (`Retry-After`), but not switch itself off for days. */
export const MAX_RETRY_AFTER_MS = 8 * 3_600_000

/** The part of a wait by which it may be longer or shorter. */
const SPREAD = 0.2

export interface EndedAttempt {
  /** Attempts that ended before this one. */
  readonly attemptsBefore: number
  /** UTC milliseconds of the event. */
  readonly eventAt: number
  /** UTC milliseconds: when the attempt ended. */
  readonly now: number
  /** `null` when there was no complete answer. */
  readonly status: number | null
  /** The `Retry-After` of the answer, as it came. */
  readonly retryAfter: string | undefined
  /** From 0 up to, but not including, 1. */
  readonly random: number
  /** Default `defaultRetryWaitsSeconds`. */
  readonly waitsSeconds?: readonly number[]
}

/**
 * What follows from an attempt. 2xx: delivered. 410: the receiver is gone for good, so dead at once. Anything else,
 * redirects and silence included: again after the next wait, or after `Retry-After` when that is longer, but never
 * later than five days after the event, where every delivery has its last attempt.
 */
export function afterAttempt(attempt: EndedAttempt): AfterAttempt {
  const { status, now, waitsSeconds = defaultRetryWaitsSeconds } = attempt
  if (status !== null && status >= 200 && status < 300) return { state: 'Delivered' }
  if (status === 410) return { state: 'Dead' }
  const wait = waitsSeconds[Math.min(attempt.attemptsBefore, waitsSeconds.length - 1)]
  const end = attempt.eventAt + GIVE_UP_AFTER_MS
  if (wait === undefined || now >= end) return { state: 'Dead' }
  const spreadMs = wait * 1000 * (1 - SPREAD + 2 * SPREAD * attempt.random)
  const waitMs = Math.max(spreadMs, retryAfterMs(attempt.retryAfter, now))
  return { state: 'Waiting', dueAt: Math.min(now + Math.round(waitMs), end) }
}

/**
 * Reads `Retry-After`: seconds, or an HTTP date. What is neither, lies in the past or is missing asks for no wait.
 *
 * @returns milliseconds from `now`, at most `MAX_RETRY_AFTER_MS`.
 * @source RFC 9110 § 10.2.3
 */
export function retryAfterMs(text: string | undefined, now: number): number {
  const trimmed = text?.trim() ?? ''
  // `Date.parse` takes many things for a date, "-5" and "2" among them; every HTTP date begins with a day's name.
  const asked = /^\d+$/.test(trimmed)
    ? Number(trimmed) * 1000
    : /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(trimmed)
      ? Date.parse(trimmed) - now
      : 0
  return Number.isNaN(asked) ? 0 : Math.min(Math.max(asked, 0), MAX_RETRY_AFTER_MS)
}
