import { setMaxListeners } from 'node:events'
import { type Agent, type Clock, type Log, type Signals, systemClock } from '../base/index.ts'
import type { CallbackHeader } from '../wire/index.ts'
import type {
  AfterAttempt,
  Attempt,
  ClaimedDelivery,
  ClaimOffer,
  DeliveryStore,
  DeliveryTaker,
  PutOff,
} from './delivery-store.ts'
import { maskUrl } from './mask-url.ts'
import { OriginLanes } from './origin-lanes.ts'
import { type InHand, isLast, isSuccess, ReceiverHealth, type ShutLine, type Ticket } from './receiver-health.ts'
import { isBeyondHope } from './receiver-notes.ts'
import type { ReceiverStore } from './receiver-store.ts'
import { afterAttempt, defaultRetryWaitsSeconds, GIVE_UP_AFTER_MS } from './retry-schedule.ts'
import { signWebhook } from './signature.ts'
import type { Message, Sink, SinkAnswer } from './sink.ts'
import { ONLY_FAILED, switchReceiverOff } from './switch-receiver.ts'

/**
 * What a courier announces: of a delivery with its id, event id and origin; `line shut` with the line from which nothing goes
 * for a while; `receivers noted` with what was written down of them.
 */
export type CourierSignal =
  | 'deliveries claimed'
  | 'attempt recorded'
  | 'delivered'
  | 'dead'
  | 'line shut'
  | 'receivers noted'
  | 'idle'

export interface CourierOptions {
  readonly store: Pick<
    DeliveryStore,
    'claimDue' | 'recordAttempt' | 'returnUntried' | 'putOff' | 'putOffLine' | 'nextDueAt'
  >
  /** Where receivers are written down, and switched off. */
  readonly receivers: Pick<ReceiverStore, 'noteReceivers' | 'switchOff' | 'holdWaiting'>
  readonly sink: Sink
  /** `whsec_…`, all that sign this one now; asked at each attempt, so a rotation needs no restart. None: unsigned. */
  readonly secrets: (delivery: ClaimedDelivery) => readonly string[]
  /** What goes along beside our own headers; asked at each attempt. Default none. */
  readonly headers?: (delivery: ClaimedDelivery) => readonly CallbackHeader[]
  readonly log: Log
  readonly signals: Signals<CourierSignal>
  readonly waitsSeconds?: readonly number[]
  /** How many failures in a row open a circuit. Default 5. */
  readonly opensAfter?: number
  /**
   * How long an open circuit waits before each further probe, seconds; the last one repeats. None is longer than the longest
   * of `waitsSeconds`. Default 5 s to 10 min.
   */
  readonly probeWaitsSeconds?: readonly number[]
  /** Attempts per second to one receiver. Default: no limit. */
  readonly attemptsPerSecond?: number | null
  /** Attempts on their way at once, in all. Default 256. */
  readonly maxInFlight?: number
  /** Attempts on their way at once to one origin. Default 8. */
  readonly maxPerOrigin?: number
  /** The time in all that the sink gives an attempt; leases are longer. Default 10 s. */
  readonly attemptTimeoutMs?: number
  /** How long attempts may go on after `stop()`; the rest are returned untried. Default 5 s. */
  readonly stopGraceMs?: number
  /** The safety net: how long at most until the ledger is asked again without being told. Default 30 s. */
  readonly pollMs?: number
  readonly clock?: Clock
  /** From 0 up to, but not including, 1. */
  readonly random?: () => number
}

/**
 * Of each origin, so many attempts' worth are claimed ahead. A claim is a commit, so without a line in hand an origin
 * would get no more than `maxPerOrigin` callbacks per disk sync.
 */
const AHEAD = 4
/** At most so many times `maxInFlight` are in hand, over all origins. */
const IN_HAND = 8
/** At most so many times `maxInFlight` ended attempts wait to be recorded before no more are claimed. */
const UNRECORDED = 4
/** What a lease is longer than everything that may stand before an attempt: for a disk that is slow to record. */
const LEASE_MARGIN_MS = 40_000
/** How long what was learnt of receivers may wait to be written down. */
const NOTE_AFTER_MS = 1_000
/** How many of a line that is shut are put off in one transaction: others have their turn in between. */
const PUT_OFF_AT_ONCE = 500
/** How soon to ask a ledger again that just failed, or that calls something due which cannot be claimed. */
const AGAIN_MS = 1_000

/**
 * Brings events to their receivers: claims what is due, signs and sends it, records the attempt and what follows from
 * it. What a ledger hands over in the moment in which it is made needs no claim. It looks when it is woken, when a delivery
 * becomes due, when a lane of its own runs dry, and, as a safety net, every `pollMs`.
 *
 * At least once: a delivery whose attempt could not be recorded is sent again after its lease.
 *
 * What goes to a receiver that is down waits in the ledger until its circuit lets a probe through, and uses up no attempts.
 */
export class Courier implements Agent, DeliveryTaker {
  readonly #options: Required<CourierOptions>
  readonly #lanes: OriginLanes<InHand>
  readonly #health: ReceiverHealth
  readonly #leaseMs: number
  readonly #attempts = new Set<Promise<void>>()
  /** No new claims and attempts. */
  readonly #stopping = new AbortController()
  /** Attempts under way end now. */
  readonly #aborting = new AbortController()
  #started = false
  #claiming = false
  #claimEnded: Promise<void> = Promise.resolve()
  #claimAgain = false
  /** The last claim ended at a limit and not because nothing else was due. */
  #mayBeMore = false
  /** What was handed over and is being put off, or given back. */
  readonly #taking = new Set<Promise<unknown>>()
  /** Lines that are being put off in the ledger. */
  readonly #puttingOff = new Set<Promise<void>>()
  #noting: Promise<void> = Promise.resolve()
  #noteTimer: NodeJS.Timeout | null = null
  #rateTimer: NodeJS.Timeout | null = null
  #timer: NodeJS.Timeout | null = null
  #timerAt = Number.POSITIVE_INFINITY
  #stopped: Promise<void> | null = null

  constructor(options: CourierOptions) {
    this.#options = { ...defaults, ...options }
    // As many listeners as attempts: no leak, and no warning about one.
    setMaxListeners(0, this.#aborting.signal)
    this.#lanes = new OriginLanes(this.#options)
    const { opensAfter, probeWaitsSeconds, waitsSeconds, attemptsPerSecond, random } = this.#options
    const longest = waitsSeconds.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...waitsSeconds)
    this.#health = new ReceiverHealth({
      circuits: { opensAfter, waitsMs: probeWaitsSeconds.map((seconds) => Math.min(seconds, longest) * 1000) },
      attemptsPerSecond,
      random,
    })
    // The last one in hand may wait for IN_HAND - 1 rounds of attempts that all take their full time.
    this.#leaseMs = this.#options.attemptTimeoutMs * IN_HAND + LEASE_MARGIN_MS
  }

  async start(): Promise<void> {
    if (this.#started || this.#stopping.signal.aborted) return
    this.#started = true
    this.#lookAtTheClock()
    this.wake()
  }

  /** Says that something may be due. Costs little when nothing is. */
  wake(): void {
    if (!this.#started || this.#stopping.signal.aborted) return
    this.#claimAgain = true
    if (!this.#claiming) this.#claimEnded = this.#claim()
  }

  /** Nothing while more is due than it had room for: that comes first. */
  offer(): ClaimOffer | null {
    if (!this.#started || this.#stopping.signal.aborted || this.#mayBeMore) return null
    const room = this.#room()
    // Asked for every job and every attempt. What is made at a time is little: enough to know who has no room.
    return room && { ...room, busy: this.#lanes.countsFrom(room.perOrigin) }
  }

  take(deliveries: readonly ClaimedDelivery[]): void {
    const taking = this.#takeInHand(deliveries).finally(() => {
      this.#taking.delete(taking)
      this.#maybeIdle()
    })
    this.#taking.add(taking)
  }

  /** How many circuits are open now. */
  get openCircuits(): { readonly origins: number; readonly receivers: number } {
    return this.#health.openCircuits()
  }

  /**
   * No new claims; attempts under way may end within the grace time. Everything else goes back untried, and what does not get
   * to its receiver, too.
   */
  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      this.#stopping.abort()
      for (const timer of [this.#timer, this.#noteTimer, this.#rateTimer]) if (timer !== null) clearTimeout(timer)
      const grace = setTimeout(() => this.#aborting.abort(), this.#options.stopGraceMs)
      await Promise.all(this.#lanes.takeWaiting().map(({ delivery }) => this.#giveBack(delivery)))
      // A claim that is on its way gives back what it brings.
      await this.#claimEnded
      await Promise.all(this.#taking)
      await Promise.all(this.#attempts)
      clearTimeout(grace)
      await Promise.all(this.#puttingOff)
      await this.#note()
    })()
    return this.#stopped
  }

  async #claim(): Promise<void> {
    const { store, log, clock } = this.#options
    this.#claiming = true
    try {
      while (this.#claimAgain && !this.#stopping.signal.aborted) {
        this.#claimAgain = false
        const room = this.#room()
        if (room === null) {
          this.#mayBeMore = true
          break
        }
        const offer = { ...room, busy: this.#lanes.counts() }
        const deliveries = await store.claimDue({ ...offer, now: clock.now() })
        this.#mayBeMore = deliveries.length === offer.limit || hasFullLane(offer, deliveries)
        const isAnyPutOff = await this.#takeInHand(deliveries)
        // What was put off has left room for others.
        if (isAnyPutOff && this.#mayBeMore) this.#claimAgain = true
      }
    } catch (error) {
      log.error({ err: error }, 'could not claim deliveries; trying again')
      this.#wakeAt(clock.now() + AGAIN_MS)
    } finally {
      this.#claiming = false
      this.#maybeIdle()
    }
  }

  /** What may be claimed now; `null`: nothing more. */
  #room(): Omit<ClaimOffer, 'busy'> | null {
    const { maxInFlight, maxPerOrigin } = this.#options
    const limit = maxInFlight * IN_HAND - this.#lanes.inHand
    if (limit < 1 || this.#attempts.size >= maxInFlight * (1 + UNRECORDED)) return null
    return { limit, perOrigin: maxPerOrigin * AHEAD, leaseMs: this.#leaseMs }
  }

  /** What is ours now is sent as soon as its turn comes. Gives whether anything of it was put off. */
  async #takeInHand(deliveries: readonly ClaimedDelivery[]): Promise<boolean> {
    if (this.#stopping.signal.aborted) {
      await Promise.all(deliveries.map((delivery) => this.#giveBack(delivery)))
      return false
    }
    const isAnyPutOff = await this.#admit(deliveries)
    if (deliveries.length > 0) this.#options.signals.announce('deliveries claimed', deliveries)
    this.#startAttempts()
    return isAnyPutOff
  }

  /** Puts what may be sent into its lane, and the rest off. Gives whether anything was put off. */
  async #admit(deliveries: readonly ClaimedDelivery[]): Promise<boolean> {
    const now = this.#options.clock.now()
    const putOff: PutOff[] = []
    for (const delivery of deliveries) {
      const admitted = this.#health.admit(delivery, now)
      if ('until' in admitted) putOff.push({ ...leaseOf(delivery), dueAt: admitted.until })
      else this.#lanes.add(admitted)
    }
    await this.#putOff(putOff)
    return putOff.length > 0
  }

  #startAttempts(): void {
    const now = this.#options.clock.now()
    const mayStart = (item: InHand): boolean => this.#health.mayStart(item, now)
    for (;;) {
      const item = this.#lanes.startNext(mayStart)
      if (item === null) break
      const attempt = this.#carry(item, this.#health.started(item, now)).finally(() => {
        this.#attempts.delete(attempt)
        this.#refill(item.origin)
        this.#maybeIdle()
      })
      this.#attempts.add(attempt)
    }
    if (this.#options.attemptsPerSecond !== null) this.#wakeForRate(now)
  }

  /** Starts again when the first of those that wait for their turn by the rate limit may go. */
  #wakeForRate(now: number): void {
    if (this.#rateTimer !== null || this.#stopping.signal.aborted) return
    const waits = [...this.#lanes.waiting()]
      .map((item) => this.#health.rateWaitMs(item, now))
      .filter((wait) => wait > 0)
    if (waits.length === 0) return
    this.#rateTimer = setTimeout(
      () => {
        this.#rateTimer = null
        this.#lanes.lookAgain()
        this.#startAttempts()
      },
      Math.min(...waits),
    )
    this.#rateTimer.unref()
  }

  /** Half a lane is claimed at a time, not one delivery after each that ends. */
  #refill(origin: string): void {
    if (this.#mayBeMore && this.#lanes.inHandOf(origin) <= (this.#options.maxPerOrigin * AHEAD) / 2) this.wake()
  }

  /** One attempt, from signing to its record. Never rejects. */
  async #carry(item: InHand, ticket: Ticket): Promise<void> {
    const { sink, clock } = this.#options
    const { delivery } = item
    const startedAt = clock.now()
    let answer: SinkAnswer
    try {
      answer = await sink.send(this.#message(delivery, startedAt), this.#aborting.signal)
    } catch (error) {
      // A sink never throws; a secret that cannot be read does. Neither may cost the delivery.
      this.#options.log.error({ err: error, deliveryId: delivery.id }, 'a callback could not be sent')
      answer = {
        address: null,
        reached: false,
        status: null,
        headers: {},
        answer: '',
        error: 'the server could not send it',
      }
    }
    const endedAt = clock.now()
    // The next one of this origin starts now and does not wait until this one is on disk.
    this.#lanes.end(delivery.origin)
    const isBrokenOff = this.#isBrokenOff(answer)
    const shut = this.#health.ended(item, ticket, isBrokenOff ? null : answer, endedAt)
    for (const line of shut) this.#shut(line)
    if (this.#health.notes.isDirty) this.#noteSoon()
    if (!this.#stopping.signal.aborted) this.#startAttempts()
    this.#refill(delivery.origin)

    if (isBrokenOff) return this.#giveBack(delivery)
    await this.#record(delivery, startedAt, endedAt, answer)
  }

  /**
   * Whether an attempt has ended with us and not with its receiver: by our hand, or on the way there while we stop. A whole
   * installation that is shut down takes name servers and receivers with it.
   */
  #isBrokenOff({ status, reached }: SinkAnswer): boolean {
    if (status !== null) return false
    return this.#aborting.signal.aborted || (this.#stopping.signal.aborted && !reached)
  }

  #message(delivery: ClaimedDelivery, now: number): Message {
    const { url, contentType, eventId, body } = delivery
    const secrets = this.#options.secrets(delivery)
    const extra = this.#options.headers(delivery)
    const timestampSeconds = Math.floor(now / 1000)
    return {
      url,
      headers: {
        ...Object.fromEntries(extra.map(({ name, value }) => [name, value])),
        'Content-Type': contentType,
        'User-Agent': 'Pixmill',
        'webhook-id': eventId,
        'webhook-timestamp': String(timestampSeconds),
        ...(secrets.length === 0
          ? {}
          : { 'webhook-signature': signWebhook({ id: eventId, timestampSeconds, body }, secrets) }),
      },
      body,
    }
  }

  async #record(delivery: ClaimedDelivery, startedAt: number, endedAt: number, answer: SinkAnswer): Promise<void> {
    const { store, log, signals, clock, random, waitsSeconds } = this.#options
    const { id, eventId, origin, eventAt, attemptsBefore } = delivery
    const { address, status, error } = answer
    const attempt: Attempt = {
      startedAt,
      durationMs: Math.max(endedAt - startedAt, 0),
      address,
      status,
      answer: answer.answer,
      error: error ?? (isSuccess(status) ? null : `answered ${status}`),
    }
    const after = afterAttempt({
      attemptsBefore,
      eventAt,
      now: endedAt,
      status,
      retryAfter: answer.headers['retry-after'],
      random: random(),
      waitsSeconds,
    })
    try {
      if (!(await store.recordAttempt(id, delivery.leaseToken, attempt, after))) {
        log.warn(
          { deliveryId: id, leaseMs: this.#leaseMs },
          'a delivery was taken over meanwhile; this attempt is not recorded',
        )
        return
      }
    } catch (cause) {
      log.error({ err: cause, deliveryId: id }, 'an attempt could not be recorded; the delivery is sent again later')
      this.#wakeAt(clock.now() + this.#leaseMs)
      return
    }
    this.#say(delivery, attempt, after)
    if (after.state === 'Waiting') this.#wakeAt(after.dueAt)
    const facts = { deliveryId: id, eventId, origin, eventAt, attempt, after }
    signals.announce('attempt recorded', facts)
    if (after.state === 'Delivered') signals.announce('delivered', facts)
    if (after.state === 'Dead') signals.announce('dead', facts)
  }

  #say(delivery: ClaimedDelivery, { status, error, durationMs, address }: Attempt, after: AfterAttempt): void {
    const { log } = this.#options
    const facts = {
      deliveryId: delivery.id,
      eventId: delivery.eventId,
      url: maskUrl(delivery.url),
      attempt: delivery.attemptsBefore + 1,
      status,
      address,
      durationMs,
    }
    if (after.state === 'Delivered') log.debug(facts, 'callback delivered')
    else if (after.state === 'Dead') log.warn({ ...facts, error }, 'callback failed for good')
    else
      log.warn({ ...facts, error, againAt: new Date(after.dueAt).toISOString() }, 'callback failed; it is tried again')
  }

  /** Takes what waits in a lane out of it and puts the rest of the line off in the ledger, until the next probe. */
  #shut(line: ShutLine): void {
    const { log, signals, clock } = this.#options
    const now = clock.now()
    log.warn(
      { origin: line.origin, receiver: line.receiver, until: new Date(line.until).toISOString() },
      'nothing is sent to a receiver that fails, until a probe',
    )
    const meant = this.#lanes.takeOut(
      line.origin,
      ({ delivery, standing }) =>
        (line.receiver === null || standing.receiver === line.receiver) && !isLast(delivery, now),
    )
    for (const item of meant) this.#health.leave(item)
    const inHand = meant.map(({ delivery }) => ({
      ...leaseOf(delivery),
      dueAt: Math.min(line.until, delivery.eventAt + GIVE_UP_AFTER_MS),
    }))
    const work = this.#putOff(inHand)
      .then(() => this.#putOffLine(line, now))
      .finally(() => {
        this.#puttingOff.delete(work)
        signals.announce('line shut', line)
      })
    this.#puttingOff.add(work)
    this.#wakeAt(line.until)
  }

  async #putOff(deliveries: readonly PutOff[]): Promise<void> {
    if (deliveries.length === 0) return
    try {
      await this.#options.store.putOff(deliveries)
    } catch (error) {
      this.#options.log.error({ err: error }, 'deliveries could not be put off; they are due again after their lease')
    }
  }

  async #putOffLine({ origin, receiver, until }: ShutLine, dueBy: number): Promise<void> {
    const { store, log, clock } = this.#options
    try {
      let count = PUT_OFF_AT_ONCE
      while (count === PUT_OFF_AT_ONCE && !this.#stopping.signal.aborted && clock.now() < until) {
        count = await store.putOffLine({ origin, receiver, dueBy, until, limit: PUT_OFF_AT_ONCE })
      }
    } catch (error) {
      log.error({ err: error }, 'the line of a receiver could not be put off; it is put off one by one')
    }
  }

  #noteSoon(): void {
    if (this.#noteTimer !== null || this.#stopping.signal.aborted) return
    this.#noteTimer = setTimeout(() => {
      this.#noteTimer = null
      void this.#note()
    }, NOTE_AFTER_MS)
    this.#noteTimer.unref()
  }

  /** Writes down what was learnt of receivers, and switches those off of which nothing but failures came for five days. */
  #note(): Promise<void> {
    this.#noting = this.#noting.then(async () => {
      const { receivers, log, clock, signals } = this.#options
      const notes = this.#health.notes.drain(clock.now())
      if (notes.length === 0) return
      try {
        for (const standing of await receivers.noteReceivers(notes)) {
          if (!isBeyondHope(standing, clock.now(), GIVE_UP_AFTER_MS)) continue
          const { receiver, held } = await switchReceiverOff(receivers, standing.id, ONLY_FAILED)
          log.warn(
            { receiver: receiver.id, address: receiver.address, failures: receiver.failures, held },
            'a receiver that has only failed for five days is switched off; switch it on again when it works',
          )
        }
        signals.announce('receivers noted', notes)
      } catch (error) {
        log.error({ err: error }, 'what was learnt of receivers could not be written down')
      }
    })
    return this.#noting
  }

  async #giveBack({ id, leaseToken }: ClaimedDelivery): Promise<void> {
    const { store, clock, log } = this.#options
    try {
      await store.returnUntried(id, leaseToken, clock.now())
    } catch (error) {
      log.error({ err: error, deliveryId: id }, 'a delivery could not be returned; it is sent again after its lease')
    }
  }

  /** Asks the ledger when to look again, and looks again after `pollMs` at the latest. */
  #lookAtTheClock(): void {
    const { store, clock, log, pollMs } = this.#options
    this.#wakeAt(clock.now() + pollMs)
    store.nextDueAt().then(
      (next) => {
        if (next === null) return
        // What is due already is claimed by now, or stands behind a full lane: no reason to ask again at once.
        this.#wakeAt(next > clock.now() ? next : clock.now() + AGAIN_MS)
      },
      (error) => log.error({ err: error }, 'could not ask when the next delivery is due'),
    )
  }

  #wakeAt(at: number): void {
    if (!this.#started || this.#stopping.signal.aborted || at >= this.#timerAt) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(
      () => {
        this.#timer = null
        this.#timerAt = Number.POSITIVE_INFINITY
        this.wake()
        this.#lookAtTheClock()
      },
      Math.min(Math.max(at - this.#options.clock.now(), 0), this.#options.pollMs),
    )
    this.#timer.unref()
  }

  #maybeIdle(): void {
    if (this.#claiming || this.#attempts.size > 0 || this.#lanes.inHand > 0) return
    if (!this.#claimAgain && !this.#mayBeMore) this.#options.signals.announce('idle')
  }
}

/**
 * Whether an origin was given all that it may have in hand, so that more may wait for it. What the lanes hold *now* does
 * not tell: they have been emptying since the ledger was asked.
 */
function hasFullLane({ busy, perOrigin }: ClaimOffer, claimed: readonly ClaimedDelivery[]): boolean {
  const inHand = new Map(Object.entries(busy))
  for (const { origin } of claimed) inHand.set(origin, (inHand.get(origin) ?? 0) + 1)
  return [...inHand.values()].some((count) => count >= perOrigin)
}

const defaults = {
  opensAfter: 5,
  probeWaitsSeconds: [5, 10, 30, 60, 120, 300, 600],
  attemptsPerSecond: null,
  headers: () => [],
  waitsSeconds: defaultRetryWaitsSeconds,
  maxInFlight: 256,
  maxPerOrigin: 8,
  attemptTimeoutMs: 10_000,
  stopGraceMs: 5_000,
  pollMs: 30_000,
  clock: systemClock,
  random: Math.random,
}

function leaseOf({ id, leaseToken }: ClaimedDelivery): Pick<PutOff, 'id' | 'leaseToken'> {
  return { id, leaseToken }
}
