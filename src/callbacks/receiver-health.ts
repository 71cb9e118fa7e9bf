import type { ReceiverId } from '../base/index.ts'
import { Circuit, type CircuitOptions, type CircuitOutcome } from './circuit.ts'
import type { ClaimedDelivery } from './delivery-store.ts'
import { RateLimit } from './rate-limit.ts'
import { ReceiverNotes } from './receiver-notes.ts'
import { receiverOf } from './receiver-of.ts'
import type { RestReason } from './receiver-store.ts'
import { GIVE_UP_AFTER_MS, retryAfterMs } from './retry-schedule.ts'
import type { SinkAnswer } from './sink.ts'

export interface ReceiverHealthOptions {
  readonly circuits: CircuitOptions
  /** Attempts per second to one receiver; `null`: as many as there are. */
  readonly attemptsPerSecond: number | null
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
}

/** A delivery in a courier's hands. */
export interface InHand {
  readonly delivery: ClaimedDelivery
  readonly origin: string
  readonly standing: Standing
}

/** What this courier knows of a receiver. */
interface Standing {
  readonly receiver: ReceiverId
  readonly answers: Circuit
  readonly rate: RateLimit | null
  /** Waiting in line, and all that are in hand. */
  waiting: number
  inHand: number
  because: RestReason | null
}

/** Which of the circuits an attempt is the probe of. */
export interface Ticket {
  readonly ofOrigin: boolean
  readonly ofReceiver: boolean
}

/** A line that nothing goes from until a time. */
export interface ShutLine {
  readonly origin: string
  /** `null`: everybody at that origin. */
  readonly receiver: ReceiverId | null
  readonly until: number
}

/** Receivers and origins that are known at most; those with nothing in hand are forgotten first. */
const MOST_KNOWN = 10_000
/** How long a delivery may wait in line for its turn by the rate limit; who would wait longer goes back to the ledger. */
const RATE_PATIENCE_MS = 2_000

/**
 * Which receivers get something now. Two circuits stand before each attempt: that of its origin, which opens when no
 * connection comes about, and that of its receiver, which opens when its answers are bad; and a receiver may ask for a rest
 * (`Retry-After`). A delivery at the end of its five days passes open circuits: it has its last attempt then.
 *
 * Its knowledge is this courier's own and lives as long as that: after a restart a receiver that is down costs a handful of
 * attempts before its circuit is open again.
 */
export class ReceiverHealth {
  readonly notes = new ReceiverNotes()
  readonly #options: ReceiverHealthOptions
  readonly #longestRestMs: number
  readonly #origins = new Map<string, Circuit>()
  readonly #receivers = new Map<ReceiverId, Standing>()

  constructor(options: ReceiverHealthOptions) {
    this.#options = options
    this.#longestRestMs = Math.max(0, ...options.circuits.waitsMs)
  }

  /** How many circuits are open now. */
  openCircuits(): { readonly origins: number; readonly receivers: number } {
    const open = (circuits: readonly Circuit[]): number => circuits.filter((one) => one.openUntil !== null).length
    return {
      origins: open([...this.#origins.values()]),
      receivers: open([...this.#receivers.values()].map(({ answers }) => answers)),
    }
  }

  /** How many are remembered. */
  get known(): { readonly origins: number; readonly receivers: number } {
    return { origins: this.#origins.size, receivers: this.#receivers.size }
  }

  /** Takes a claimed delivery in hand; or says until when it is put off, and does not. */
  admit(delivery: ClaimedDelivery, now: number): InHand | { readonly until: number } {
    const standing = this.#standingOf(delivery)
    if (!isLast(delivery, now)) {
      const until = Math.max(waitOf(this.#originOf(delivery.origin), now), waitOf(standing.answers, now))
      if (until > 0) return { until: Math.min(until, endOf(delivery)) }
      const { rate } = standing
      if (rate !== null && rate.waitMs(now) + standing.waiting * rate.intervalMs > RATE_PATIENCE_MS) {
        return { until: Math.min(rate.placeInLine(now + RATE_PATIENCE_MS), endOf(delivery)) }
      }
    }
    standing.waiting += 1
    standing.inHand += 1
    return { delivery, origin: delivery.origin, standing }
  }

  /** Whether its attempt may start at this moment. */
  mayStart({ delivery, origin, standing }: InHand, now: number): boolean {
    if (standing.rate !== null && standing.rate.waitMs(now) > 0) return false
    if (isLast(delivery, now)) return true
    return this.#originOf(origin).verdict(now) === 'go' && standing.answers.verdict(now) === 'go'
  }

  /** Milliseconds until the rate limit of its receiver lets one start; 0 when that is not what it waits for. */
  rateWaitMs({ standing }: InHand, now: number): number {
    return standing.rate?.waitMs(now) ?? 0
  }

  started({ origin, standing }: InHand, now: number): Ticket {
    standing.waiting -= 1
    standing.rate?.take(now)
    return { ofOrigin: this.#originOf(origin).started(now), ofReceiver: standing.answers.started(now) }
  }

  /** It goes back without an attempt. */
  leave({ standing }: InHand): void {
    standing.waiting -= 1
    standing.inHand -= 1
  }

  /**
   * An attempt has ended. @param answer `null`: nothing can be learnt from it, for the courier itself broke it off
   * @returns the lines from which nothing goes any more, for a while
   */
  ended({ delivery, origin, standing }: InHand, ticket: Ticket, answer: SinkAnswer | null, now: number): ShutLine[] {
    standing.inHand -= 1
    const circuit = this.#originOf(origin)
    if (answer === null) {
      circuit.ended('says nothing', ticket.ofOrigin, now, 0)
      standing.answers.ended('says nothing', ticket.ofReceiver, now, 0)
      return []
    }
    const { random } = this.#options
    const outcome = outcomeOf(answer)
    const shut: ShutLine[] = []
    const receiver = standing.receiver
    if (circuit.ended(answer.reached ? 'good' : 'bad', ticket.ofOrigin, now, random())) {
      shut.push({ origin, receiver: null, until: circuit.openUntil! })
      standing.because = 'connections'
    }
    if (standing.answers.ended(outcome, ticket.ofReceiver, now, random())) {
      shut.push({ origin, receiver, until: standing.answers.openUntil! })
      standing.because = 'answers'
    }
    const restMs = outcome === 'bad' ? Math.min(askedRestMs(answer, now), this.#longestRestMs) : 0
    if (restMs > 0) {
      standing.answers.rest(now + restMs)
      shut.push({ origin, receiver, until: standing.answers.openUntil! })
      standing.because = 'Retry-After'
    }
    const until = Math.max(circuit.openUntil ?? 0, standing.answers.openUntil ?? 0)
    if (until === 0) standing.because = null
    this.notes.take(receiverOf(delivery.url), {
      at: now,
      isSuccess: isSuccess(answer.status),
      isFailure: !isSuccess(answer.status) && answer.status !== 410,
      error: answer.error ?? `answered ${answer.status}`,
      restsUntil: until === 0 ? null : until,
      restsBecause: until === 0 ? null : (standing.because ?? 'connections'),
    })
    this.#forgetSome()
    return shut
  }

  #originOf(origin: string): Circuit {
    let circuit = this.#origins.get(origin)
    if (circuit === undefined) {
      circuit = new Circuit(this.#options.circuits)
      this.#origins.set(origin, circuit)
    }
    return circuit
  }

  #standingOf({ url }: ClaimedDelivery): Standing {
    const receiver = receiverOf(url).id
    let standing = this.#receivers.get(receiver)
    if (standing === undefined) {
      const { circuits, attemptsPerSecond } = this.#options
      standing = {
        receiver,
        answers: new Circuit(circuits),
        rate: attemptsPerSecond === null ? null : new RateLimit(attemptsPerSecond),
        waiting: 0,
        inHand: 0,
        because: null,
      }
      this.#receivers.set(receiver, standing)
    }
    return standing
  }

  /**
   * An address of its own for each job would make this grow without end. What is forgotten is as good as healthy; of an origin
   * nothing else is lost, be it in use.
   */
  #forgetSome(): void {
    forgetSome(this.#receivers, ({ inHand, answers }) => (inHand > 0 ? 'in use' : answers.openUntil === null))
    forgetSome(this.#origins, ({ openUntil }) => openUntil === null)
  }
}

/**
 * Makes room when too many are known: half of them go, those first that were known first. What is not as good as healthy only
 * goes when there is twice as much.
 */
function forgetSome<Key, Value>(known: Map<Key, Value>, isHealthy: (value: Value) => boolean | 'in use'): void {
  if (known.size <= MOST_KNOWN) return
  for (const [key, value] of known) {
    if (known.size <= MOST_KNOWN / 2) return
    const verdict = isHealthy(value)
    if (verdict === true || (verdict === false && known.size > MOST_KNOWN * 2)) known.delete(key)
  }
}

/** When a delivery has its last attempt. */
function endOf({ eventAt }: ClaimedDelivery): number {
  return eventAt + GIVE_UP_AFTER_MS
}

/** Whether the next attempt is the last: then no circuit stands in its way. */
export function isLast(delivery: ClaimedDelivery, now: number): boolean {
  return now >= endOf(delivery)
}

/** The time that an open circuit waits for; 0 when something may go. */
function waitOf(circuit: Circuit, now: number): number {
  const verdict = circuit.verdict(now)
  return typeof verdict === 'object' ? verdict.until : 0
}

function outcomeOf({ reached, status }: SinkAnswer): CircuitOutcome {
  if (isSuccess(status)) return 'good'
  // Who cannot be connected to has said nothing, and 410 speaks of the one event and not of the others.
  return !reached || status === 410 ? 'says nothing' : 'bad'
}

/** How long a receiver wants to be left alone by everybody. @source RFC 6585 § 4, RFC 9110 § 15.6.4 */
function askedRestMs({ status, headers }: SinkAnswer, now: number): number {
  return status === 429 || status === 503 ? retryAfterMs(headers['retry-after'], now) : 0
}

export function isSuccess(status: number | null): boolean {
  return status !== null && status >= 200 && status < 300
}
