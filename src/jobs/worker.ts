import { type Agent, asFailure, type Clock, Failure, type Log, type Signals, systemClock } from '../base/index.ts'
import type { NewObject } from '../objects/index.ts'
import { Companies, type Company } from './company.ts'
import { failedJob } from './failed-job.ts'
import type { JobResult } from './job.ts'
import type { ClaimedJob, JobOutcome, JobStore, ReturnReason } from './job-store.ts'
import { Pace } from './pace.ts'

/** How long a finished picture waits for others at most, while more jobs wait than were claimed; milliseconds. */
const TOGETHER_MS = 100

/** What a worker announces. */
export type WorkerSignal = 'jobs claimed' | 'job ended' | 'job returned' | 'idle'

export interface WorkOptions {
  readonly signal: AbortSignal
  /** The picture must be the only one in its engine process. */
  readonly alone: boolean
  /**
   * Called when the engine is free for the next picture. Resolves when the result is to be stored: at once, or together with
   * others while more jobs wait.
   */
  engineIsFree(): Promise<void>
}

/** Does what a job asks for, up to a blob that only has to be named. Throws a `Failure` of what went wrong. */
export type DoJob = (job: ClaimedJob, options: WorkOptions) => Promise<{ result: JobResult; output: NewObject }>

export interface WorkerOptions {
  readonly store: Pick<JobStore, 'claimJobs' | 'completeJob' | 'returnJob' | 'returnUnknown' | 'nextRetryAt'>
  readonly doJob: DoJob
  /** How many pictures the engines work on at once. */
  readonly slots: number
  /** How many jobs are claimed beyond that, so that the next picture is in line when a slot becomes free. Default 0. */
  readonly ahead?: number
  /**
   * How many jobs are claimed at a time, and ended at a time, while more of them wait: as many as are finished within
   * `TOGETHER_MS`, and so many at most. Default 1.
   */
  readonly mostAtOnce?: number
  /** Waits before a job is tried again after a retryable failure; when they are used up it fails. */
  readonly retryWaitsMs: readonly number[]
  /** A job that took an engine down this often while alone in it fails. */
  readonly maxBlames: number
  /** From this many unclean ends of the server on, a job runs alone. */
  readonly aloneFromUncleanEnds: number
  /** How long running jobs may go on after `stop()`. */
  readonly stopGraceMs: number
  /** Told after each claim whether more jobs may wait than were claimed. */
  readonly tellWhetherJobsWait?: (waiting: boolean) => void
  /** The safety net: how long at most until the ledger is asked again without being told. */
  readonly pollMs: number
  /** The clock of the ledger. */
  readonly clock?: Clock
  /** Milliseconds that never go back, by which the engines' pace is taken. Default: those of the process. */
  readonly monotonicMs?: () => number
  readonly log: Log
  readonly signals: Signals<WorkerSignal>
}

/**
 * Runs jobs. It claims as many as there are free slots, the moment it is woken or a slot becomes free; a finished
 * picture is stored and its job ended while the engine is already busy with the next. While more jobs wait than were claimed,
 * several are stored, ended and claimed together: docs/decisions/claimed-ahead.md.
 */
export class Worker implements Agent {
  readonly #options: WorkerOptions
  /** By lease token. */
  readonly #running = new Map<string, { done: Promise<void>; abort: AbortController }>()
  /** Leases that somebody else has taken over: nothing is written about them any more. */
  readonly #takenOver = new Set<string>()
  readonly #stopping = new AbortController()
  /** Finished pictures that are stored together. */
  readonly #companies = new Companies(TOGETHER_MS)
  readonly #pace = new Pace()
  /** Some have just ended together, and a claim may go with them. */
  #haveEnded = false
  /** Whether the last claim left jobs waiting. */
  #jobsWait = false
  #started = false
  #inEngines = 0
  #claiming = false
  #claimAgain = false
  /** A claim failed: it may have been carried out all the same, and its jobs be ours without our knowing. */
  #claimInDoubt = false
  #timer: NodeJS.Timeout | null = null
  #stopped: Promise<void> | null = null

  constructor(options: WorkerOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    if (this.#started || this.#stopping.signal.aborted) return
    this.#started = true
    this.wake()
  }

  /** Says that there may be something to do. Costs little when there is not. */
  wake(): void {
    if (!this.#started || this.#stopping.signal.aborted) return
    if (this.#claiming) {
      this.#claimAgain = true
      return
    }
    this.#claiming = true
    void this.#claim()
  }

  /** No new claims; what runs may end within the grace time, the rest goes back to wait. */
  stop(): Promise<void> {
    this.#stopped ??= (async () => {
      this.#stopping.abort()
      this.#companies.setOut()
      if (this.#timer !== null) clearTimeout(this.#timer)
      let grace: NodeJS.Timeout | undefined
      const over = new Promise<void>((resolve) => {
        grace = setTimeout(resolve, this.#options.stopGraceMs)
      })
      await Promise.race([this.#allDone(), over])
      clearTimeout(grace)
      for (const { abort } of this.#running.values()) {
        abort.abort(new Failure('ServerStopping', 'The server is stopping.'))
      }
      await this.#allDone()
    })()
    return this.#stopped
  }

  /**
   * What runs has been given to others, since this server was taken for dead: it ends without a word. What is claimed
   * from now on is ours again.
   */
  abandon(): void {
    for (const [leaseToken, { abort }] of this.#running) {
      this.#takenOver.add(leaseToken)
      abort.abort(new Failure('ServerStopping', 'The job was taken over by another server.'))
    }
    this.#companies.setOut()
    this.wake()
  }

  async #allDone(): Promise<void> {
    // A claim that was on its way when the stop came may still add jobs.
    while (this.#running.size > 0 || this.#claiming) {
      await Promise.all([...this.#running.values()].map(({ done }) => done))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** How many are claimed and ended at a time. */
  #atOnce(): number {
    const { mostAtOnce = 1 } = this.#options
    return Math.max(1, Math.min(mostAtOnce, Math.floor(this.#pace.within(TOGETHER_MS))))
  }

  /** How many more jobs may be on their way to or in the engines. */
  #free(): number {
    const { slots, ahead = 0 } = this.#options
    return slots + ahead + this.#atOnce() - 1 - this.#inEngines
  }

  /**
   * Where jobs end together, a claim goes with their ends and shares the commit; unless a slow disk keeps them for so long
   * that the engines have nothing left in line.
   */
  #isTimeToClaim(free: number, withEnds: boolean): boolean {
    const atOnce = this.#atOnce()
    if (atOnce === 1 || !this.#jobsWait) return free >= atOnce
    return free > 0 && (withEnds || this.#inEngines <= this.#options.slots)
  }

  /** Storing is slower than computing now: finished pictures must not pile up without bound. */
  #isPiledUp(): boolean {
    const { slots, ahead = 0, mostAtOnce = 1 } = this.#options
    return this.#running.size >= (slots + ahead + mostAtOnce - 1) * 4
  }

  async #claim(): Promise<void> {
    const { store, signals, log } = this.#options
    try {
      do {
        this.#claimAgain = false
        const withEnds = this.#haveEnded
        this.#haveEnded = false
        const free = this.#free()
        if (!this.#isTimeToClaim(free, withEnds) || this.#isPiledUp()) continue
        if (this.#claimInDoubt) {
          const returned = await store.returnUnknown([...this.#running.keys()])
          if (returned > 0) log.warn({ returned }, 'jobs of a claim that was not answered wait again')
        }
        this.#claimInDoubt = true
        const jobs = await store.claimJobs(free)
        this.#claimInDoubt = false
        for (const job of jobs) this.#run(job)
        if (jobs.length > 0) {
          log.debug({ count: jobs.length }, 'jobs are claimed')
          signals.announce('jobs claimed', jobs)
        }
        this.#jobsWait = jobs.length === free
        if (!this.#jobsWait) this.#companies.setOut()
        this.#options.tellWhetherJobsWait?.(this.#jobsWait)
        if (this.#jobsWait) this.#claimAgain = this.#free() > 0
      } while (this.#claimAgain && !this.#stopping.signal.aborted)
      if (this.#running.size === 0) signals.announce('idle')
      await this.#setTimer()
    } catch (error) {
      log.error({ err: error }, 'could not claim jobs; trying again')
      this.#sleep(1_000)
    } finally {
      this.#claiming = false
      if (this.#claimAgain) this.wake()
    }
  }

  /** Jobs that wait for their time announce nothing when it comes: look again then. */
  async #setTimer(): Promise<void> {
    const { store, pollMs, clock } = this.#options
    if (this.#stopping.signal.aborted) return
    // With every slot taken, the end of a picture wakes us.
    if (!this.#isTimeToClaim(this.#free(), false)) return
    const next = await store.nextRetryAt()
    const untilNext = next === null ? pollMs : next - (clock ?? systemClock).now()
    // One that is due and was not claimed stands in a queue without room; the end of a job there wakes us sooner.
    this.#sleep(Math.min(untilNext > 0 ? untilNext : 1_000, pollMs))
  }

  #sleep(ms: number): void {
    if (this.#stopping.signal.aborted) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.wake(), ms)
    this.#timer.unref()
  }

  #run(job: ClaimedJob): void {
    const abort = new AbortController()
    this.#inEngines += 1
    let inEngine = true
    const engineIsFree = (): void => {
      if (!inEngine) return
      inEngine = false
      this.#inEngines -= 1
      this.wake()
    }
    const done = this.#carryThrough(job, abort.signal, engineIsFree).finally(() => {
      this.#running.delete(job.leaseToken)
      this.#takenOver.delete(job.leaseToken)
      engineIsFree()
      this.wake()
    })
    this.#running.set(job.leaseToken, { done, abort })
  }

  /** From the claim to a final state, or back to wait. Never throws. */
  async #carryThrough(job: ClaimedJob, signal: AbortSignal, engineIsFree: () => void): Promise<void> {
    const { doJob, log, aloneFromUncleanEnds } = this.#options
    const begunAt = performance.now()
    let freeAt: number | null = null
    let company: Company | undefined
    const nowFree = (): void => {
      if (freeAt !== null) return
      freeAt = performance.now()
      this.#pace.note(this.#options.monotonicMs?.() ?? freeAt, this.#jobsWait)
      engineIsFree()
    }
    const isToBeStored = async (): Promise<void> => {
      nowFree()
      if (this.#jobsWait && !this.#stopping.signal.aborted) company = await this.#companies.join(this.#atOnce())
    }
    let decision: JobOutcome | ReturnReason
    try {
      const alone = job.blames > 0 || job.uncleanEnds >= aloneFromUncleanEnds
      const { result, output } = await doJob(job, { signal, alone, engineIsFree: isToBeStored })
      decision = { state: 'Success', result, output }
    } catch (error) {
      decision = this.#afterFailure(job, error)
    }
    nowFree()
    const doneAt = performance.now()
    await company?.meet()
    const settled = this.#settle(job, decision)
    if (company?.part()) {
      this.#haveEnded = true
      this.wake()
    }
    await settled.catch((error: unknown) => {
      // Only while stopping: the next start rescues the job.
      log.error({ err: error, jobId: job.id }, 'a job could not be settled; it is rescued at the next start')
    })
    const engineMs = (freeAt ?? doneAt) - begunAt
    const ledgerMs = performance.now() - doneAt
    const queueMs = (job.startedAt ?? job.createdAt) - job.createdAt
    log.debug({ jobId: job.id, queueMs, engineMs, storeMs: doneAt - begunAt - engineMs, ledgerMs }, 'a job is settled')
  }

  #afterFailure(job: ClaimedJob, error: unknown): JobOutcome | ReturnReason {
    const { retryWaitsMs, maxBlames, log } = this.#options
    const failure = asFailure(error)
    if (failure.code === 'ServerStopping') return { why: 'stopping' }
    if (failure.code === 'PictureBrokeEngine' && job.blames + 1 < maxBlames) {
      log.warn({ jobId: job.id, blames: job.blames + 1 }, 'a picture took its engine down; it is tried again, alone')
      return { why: 'blamed' }
    }
    const waitMs = failure.retryable ? retryWaitsMs[job.tries] : undefined
    if (waitMs !== undefined) {
      log.warn({ err: failure, jobId: job.id, waitMs }, 'a job is tried again later')
      return { why: 'retry', waitMs }
    }
    if (failure.code === 'InternalError') log.error({ err: failure.cause ?? failure, jobId: job.id }, 'a job failed')
    else log.debug({ jobId: job.id, code: failure.code, says: failure.message }, 'a job failed')
    return failedJob(failure)
  }

  /**
   * Writes the decision. A ledger that cannot write now is asked again until it can: the work is done, and nobody else
   * would end this job before the next start.
   */
  async #settle(job: ClaimedJob, decision: JobOutcome | ReturnReason): Promise<void> {
    const { store, log, signals } = this.#options
    for (let attempt = 0; ; attempt += 1) {
      if (this.#takenOver.has(job.leaseToken)) {
        log.warn({ jobId: job.id }, 'a job was taken over meanwhile; it is left to whoever has it')
        return
      }
      try {
        if ('why' in decision) {
          await store.returnJob(job.id, job.leaseToken, decision)
          signals.announce('job returned', { jobId: job.id, why: decision.why })
        } else {
          const ended = await store.completeJob(job.id, job.leaseToken, decision)
          if (ended) signals.announce('job ended', { jobId: job.id, state: decision.state })
          else log.warn({ jobId: job.id }, 'a job was taken over meanwhile; this result is dropped')
        }
        return
      } catch (error) {
        const failure = asFailure(error)
        if (!failure.retryable && !('why' in decision) && decision.state === 'Success') {
          // The result cannot be published (its bucket is gone, for one): that is how the job ends.
          if (failure.code === 'InternalError') log.error({ err: failure.cause, jobId: job.id }, 'a result was refused')
          decision = failedJob(failure)
          continue
        }
        if (this.#stopping.signal.aborted) throw failure
        log.error({ err: failure, jobId: job.id }, 'the ledger did not take the end of a job; trying again')
        await new Promise((resolve) => setTimeout(resolve, Math.min(100 * 2 ** attempt, 5_000)))
      }
    }
  }
}
