import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Agent, compiledProgram, Failure, type Log, Signals, silentLog } from '../../base/index.ts'
import type { FontFile } from '../fonts/font-shelf.ts'
import { defaultPictureLimits, type PictureLimits } from '../limits.ts'
import type { Information } from '../rule/picture-request.ts'
import type { Rule } from '../rule/rule.ts'
import { type EngineEnd, EngineProcess, type Heard } from './engine-process.ts'
import { type Confinement, confinements, type EngineUser, type Isolation } from './isolation.ts'
import { Line, type RequestClass } from './line.ts'
import { MemoryBudget } from './memory-budget.ts'
import { memoryInForce } from './memory-in-force.ts'
import type { AnnouncedPicture, MadePicture, NamedInput } from './messages.ts'
import { Pinning } from './pinning.ts'

export interface EnginePoolOptions {
  /** Engine processes. Default: one per core. */
  readonly engines?: number
  /** Pictures in flight per engine, so that one is computed while the other's file is read or written. Default 2. */
  readonly picturesPerEngine?: number
  /** Bytes that the prices of all pictures in work may add up to. Default: half of the memory in force. */
  readonly engineMemoryBytes?: number
  /** Resident bytes at which an engine ends itself. Default: `engineMemoryBytes` and 256 MiB more. */
  readonly maxEngineBytes?: number
  /** Time a picture may be in an engine's hands, milliseconds. Default 60 000. */
  readonly deadlineMs?: number
  /** Requests that may wait for a slot; a job is turned away only by as many jobs. Default 64. */
  readonly maxWaiting?: number
  /** How long a real-time request waits for a slot, milliseconds. Default 5000. */
  readonly maxWaitMs?: number
  readonly limits?: PictureLimits
  /** The module each engine runs. Default: the compiled engine program. */
  readonly program?: string
  /** Where the engines' empty working folders are made. Default: the system's folder for temporary files. */
  readonly folder?: string
  /** Folders that engines have to be able to enter; a user who cannot is not used. Default none. */
  readonly mustReach?: readonly string[]
  /** Whom engines run as when the server is root. Default 65534, which is `nobody`. */
  readonly user?: EngineUser
  /** Ways to start an engine, the safest first. Default: those of this system. */
  readonly confinements?: readonly Confinement[]
  /** Says when engines keep to a core each. Default: by the cores of this system. */
  readonly pinning?: Pinning
  /** How long an engine may take to be ready, milliseconds. Default 30 000. */
  readonly readyWithinMs?: number
  readonly log?: Log
}

export interface ProcessRequest {
  readonly sourceFile: string
  /**
   * Files of earlier pictures that the engine removes on its way, as far as they are there and it may: one call there, a
   * pass to another thread and back in the server. Asked when the engine is given the picture. Default none.
   */
  readonly removes?: () => readonly string[]
  /** Is written by the engine; its folder has to be writable for `engineUser`. */
  readonly outputFile: string
  /** Whether a small result is wanted as bytes and not in the file. Default no. */
  readonly sendsSmall?: boolean
  /** As `checkRule` gave it. */
  readonly rule: Rule
  /** What is wanted instead of the picture that the rule makes; the answer, as JSON, is the output. */
  readonly about?: Information | undefined
  /** What the rule names besides the source; see `needsOf`. Default none. */
  readonly inputs?: readonly NamedInput[]
  /** What texts may be set in, the preferred one first. Default none. */
  readonly fonts?: readonly FontFile[]
  /** Whether the average colour of the source is wanted, which costs a decode. */
  readonly wantSourceFacts: boolean
  readonly class: RequestClass
  /** Default: that of the pool. */
  readonly deadlineMs?: number
  /** Nothing else in the same process while it runs. */
  readonly alone?: boolean
  readonly signal?: AbortSignal
}

/**
 * `slot free`: `freeSlots` has become larger than zero or grown · `engine started`, `engine ended`: `{ pid }` ·
 * `engine pinned`: `{ pid, cores }`, it uses no others than these from now on, as proc(5) lists them ·
 * `picture opened`: `{ pid, sourceFile }`, an engine was given a picture · `waiting for memory`: `{ bytes }`
 */
export type PoolSignal =
  | 'slot free'
  | 'engine started'
  | 'engine ended'
  | 'engine pinned'
  | 'picture opened'
  | 'waiting for memory'

/**
 * Up to this price, and while that much is free, an engine goes on without asking. It saves two messages per picture;
 * meanwhile the whole amount counts as used. Bytes.
 */
const unaskedBytes = 64 * 1024 * 1024

/** Before an engine is started again that had not become ready, milliseconds; the last one repeats. */
const restartWaitsMs = [100, 500, 2_000, 5_000] as const

/** How long a slot stays empty for a job that somebody has to fetch, milliseconds. A claim takes a few. */
const keepForJobsMs = 200

/** One request on its way. */
interface Work {
  readonly id: number
  /** To make the picture, or to say what it would be. */
  readonly ask: 'open' | 'announce'
  readonly request: ProcessRequest
  readonly class: RequestClass
  alone: boolean
  /** `taken`: in an engine · `priced`: in an engine that waits for memory · `over`: answered. */
  state: 'waiting' | 'taken' | 'priced' | 'over'
  engine: Engine | null
  /** Bytes it holds of the budget, or asks for while it is priced. */
  price: number
  /** Of the deadline, and since when it runs; the wait for memory does not count. */
  remainingMs: number
  runningSince: number
  deadline: NodeJS.Timeout | undefined
  waitLimit: NodeJS.Timeout | undefined
  stopListening: () => void
  resolve(picture: MadePicture | AnnouncedPicture): void
  reject(reason: unknown): void
}

interface Engine {
  readonly process: EngineProcess
  /** The one it keeps to while engines are pinned. */
  readonly core: number | null
  readonly works: Map<number, Work>
  /** Empties itself for a request that has to be alone. */
  heldFor: Work | null
  /** Ended by us because of this; the others in it are not to blame. */
  ending: boolean
}

/**
 * The engine processes and the line in front of them. One picture never takes down more than its process: what else was
 * in there is done again, each alone, and only a death while alone is held against a picture.
 */
export class EnginePool implements Agent {
  readonly signals = new Signals<PoolSignal>()
  readonly limits: PictureLimits
  readonly engineMemoryBytes: number
  readonly #engineCount: number
  readonly #pinning: Pinning
  readonly #picturesPerEngine: number
  readonly #maxEngineBytes: number
  readonly #deadlineMs: number
  readonly #maxWaiting: number
  readonly #maxWaitMs: number
  readonly #program: string
  readonly #parentFolder: string
  readonly #mustReach: readonly string[]
  readonly #ways: readonly Confinement[]
  readonly #readyWithinMs: number
  readonly #log: Log

  #state: 'stopped' | 'starting' | 'running' | 'stopping' = 'stopped'
  #folder = ''
  #confinement: Confinement | null = null
  readonly #engines = new Set<Engine>()
  /** Starts under way, and timers before the next ones. */
  readonly #starting = new Set<Promise<void>>()
  readonly #restartTimers = new Set<NodeJS.Timeout>()
  #failedStarts = 0
  #stopped: Promise<void> = Promise.resolve()

  readonly #budget: MemoryBudget
  readonly #line = new Line<Work>()
  /** In engines, and waiting for memory; first come, first served. */
  readonly #priced: Work[] = []
  #lastId = 0
  #jobsElsewhere = false
  /** Slots kept for jobs that are being fetched. */
  #keptForJobs = 0
  #keptUntil: NodeJS.Timeout | undefined

  constructor(options: EnginePoolOptions = {}) {
    this.#engineCount = options.engines ?? availableParallelism()
    this.#pinning = options.pinning ?? new Pinning(this.#engineCount)
    this.#picturesPerEngine = options.picturesPerEngine ?? 2
    this.engineMemoryBytes = options.engineMemoryBytes ?? Math.floor(memoryInForce() / 2)
    this.#maxEngineBytes = options.maxEngineBytes ?? this.engineMemoryBytes + 256 * 1024 * 1024
    this.#deadlineMs = options.deadlineMs ?? 60_000
    this.#maxWaiting = options.maxWaiting ?? 64
    this.#maxWaitMs = options.maxWaitMs ?? 5_000
    this.limits = Object.freeze({ ...(options.limits ?? defaultPictureLimits) })
    this.#program = options.program ?? compiledProgram('images/engine/program.js')
    this.#parentFolder = options.folder ?? tmpdir()
    this.#mustReach = options.mustReach ?? []
    this.#ways = options.confinements ?? confinements(options.user ?? { uid: 65_534, gid: 65_534 })
    this.#readyWithinMs = options.readyWithinMs ?? 30_000
    this.#log = options.log ?? silentLog
    this.#budget = new MemoryBudget(this.engineMemoryBytes)
  }

  /** What holds for the engines; known once `start()` has resolved. */
  get isolation(): Isolation {
    const { withoutNetwork = false, user = null } = this.#confinement ?? {}
    return { withoutNetwork, user }
  }

  /** Whom the engines run as; `null` when it is the server's own user. Known once `start()` has resolved. */
  get engineUser(): EngineUser | null {
    return this.#confinement?.user ?? null
  }

  /** Engines that are ready. */
  get readyEngines(): number {
    return this.#engines.size
  }

  /** All slots there are when every engine is ready. */
  get slots(): number {
    return this.#engineCount * this.#picturesPerEngine
  }

  /** How many slots of ready engines are taken, and what waits in the line, by who waits. */
  get use(): { readonly busy: number; readonly waiting: Readonly<Record<RequestClass, number>> } {
    return {
      busy: this.#engines.size * this.#picturesPerEngine - this.#idleSlots(),
      waiting: { realtime: this.#line.count('realtime'), job: this.#line.count('job') },
    }
  }

  /** How many jobs may be handed in now and will not wait in the line. */
  get freeSlots(): number {
    if (this.#state !== 'running') return 0
    if (this.#line.count('realtime') > 0) return Math.min(this.#keptForJobs, this.#idleSlots())
    return Math.max(0, this.#idleSlots() - this.#line.count('job'))
  }

  /**
   * Tells whether jobs wait to be claimed. While they do, every fourth slot is kept for them even when real-time
   * requests stand in the line.
   */
  setJobsWaiting(waiting: boolean): void {
    this.#jobsElsewhere = waiting
    if (!waiting) this.#giveUpKept()
    this.#serve()
  }

  /**
   * Starts the engines in the safest way this host allows; resolves when the first one is ready, the others follow.
   *
   * @throws Failure `InternalError` when no engine can be started
   */
  async start(): Promise<void> {
    while (this.#state === 'stopping') await this.#stopped
    if (this.#state !== 'stopped') return
    this.#state = 'starting'
    const start = this.#startUp()
    this.#keepTrack(start)
    await start
  }

  async #startUp(): Promise<void> {
    this.#folder = await mkdtemp(join(this.#parentFolder, 'pixmill-engines-'))
    for (const way of this.#ways) {
      if (this.#state !== 'starting') return
      const process = await this.#launch(way)
      if (process === null) {
        this.#log.debug({ way }, 'engines cannot be started in this way here')
        continue
      }
      if (this.#state !== 'starting') return await end(process)
      this.#confinement = way
      this.#state = 'running'
      this.#welcome(process)
      for (let more = 1; more < this.#engineCount; more++) this.#startOneMore()
      const facts = { engines: this.#engineCount, memoryBytes: this.engineMemoryBytes, ...this.isolation }
      this.#log.info(facts, 'engines started')
      return
    }
    if (this.#state !== 'starting') return
    this.#state = 'stopped'
    await rm(this.#folder, { recursive: true, force: true })
    throw new Failure('InternalError', `No engine could be started from ${this.#program}.`)
  }

  /** Ends all engines at once. Whoever still waits gets `ServerStopping`. */
  stop(): Promise<void> {
    if (this.#state === 'stopped' || this.#state === 'stopping') return this.#stopped
    this.#state = 'stopping'
    const stopping = () => new Failure('ServerStopping')
    for (const timer of this.#restartTimers) clearTimeout(timer)
    this.#restartTimers.clear()
    this.#giveUpKept()
    for (const work of this.#line.clear()) this.#settle(work, () => work.reject(stopping()))
    const ends = [...this.#engines].map((engine) => {
      for (const work of [...engine.works.values(), ...(engine.heldFor === null ? [] : [engine.heldFor])]) {
        this.#settle(work, () => work.reject(stopping()))
      }
      engine.ending = true
      engine.process.kill()
      return engine.process.ended
    })
    this.#stopped = (async () => {
      await Promise.allSettled([...ends, ...this.#starting])
      await rm(this.#folder, { recursive: true, force: true })
      this.#state = 'stopped'
    })()
    return this.#stopped
  }

  /**
   * Has one picture processed.
   *
   * @throws Failure `PictureNotSupported`, `PictureBroken`, `PictureOverLimit`, `RuleNotApplicable` for the picture's sake;
   * `PictureBrokeEngine` with `details.alone` 1 when the process died while the picture was alone in it;
   * `DeadlinePassed`; `EnginesBusy`, `ServerStopping`; whatever `signal` was aborted with
   */
  process(request: ProcessRequest): Promise<MadePicture> {
    return this.#enter('open', request) as Promise<MadePicture>
  }

  /** Has an engine say what it would make of a picture, without decoding it. Rejects as `process` does. */
  announce(request: Omit<ProcessRequest, 'outputFile'>): Promise<AnnouncedPicture> {
    return this.#enter('announce', { ...request, outputFile: '' }) as Promise<AnnouncedPicture>
  }

  #enter(ask: Work['ask'], request: ProcessRequest): Promise<MadePicture | AnnouncedPicture> {
    return new Promise((resolve, reject) => {
      if (this.#state !== 'running') {
        reject(new Failure('ServerStopping', 'The engines are not running.'))
        return
      }
      if (this.#isWithoutEngines()) {
        reject(noEngine())
        return
      }
      if (request.signal?.aborted === true) {
        reject(request.signal.reason)
        return
      }
      // Jobs are claimed by fours and have no say in how many requests come: those must not turn them away.
      const ahead = request.class === 'job' ? this.#line.count('job') : this.#line.length
      if (ahead >= this.#maxWaiting) {
        reject(new Failure('EnginesBusy', `${ahead} requests wait for an engine already.`))
        return
      }
      const work: Work = {
        id: ++this.#lastId,
        ask,
        request,
        class: request.class,
        alone: request.alone ?? false,
        state: 'waiting',
        engine: null,
        price: 0,
        remainingMs: request.deadlineMs ?? this.#deadlineMs,
        runningSince: 0,
        deadline: undefined,
        waitLimit: undefined,
        stopListening: () => {},
        resolve,
        reject,
      }
      if (request.signal !== undefined) {
        const { signal } = request
        const abort = () => this.#abort(work, signal.reason)
        signal.addEventListener('abort', abort, { once: true })
        work.stopListening = () => signal.removeEventListener('abort', abort)
      }
      if (work.class === 'realtime') {
        work.waitLimit = setTimeout(() => {
          this.#takeOutOfLine(work)
          const message = `No engine was free for ${this.#maxWaitMs} ms.`
          this.#settle(work, () => work.reject(new Failure('EnginesBusy', message)))
        }, this.#maxWaitMs)
      } else if (this.#keptForJobs > 0) {
        this.#keptForJobs -= 1
        this.#line.add(work)
        this.#give('job')
        return
      }
      this.#line.add(work)
      this.#serve()
    })
  }

  // The line

  /** Gives free slots to whoever's turn it is, until there is no slot or nobody. */
  #serve(): void {
    if (this.#state !== 'running') return
    for (;;) {
      if (this.#line.count('realtime') === 0) this.#giveUpKept()
      const turn = this.#line.turn(this.#jobsElsewhere)
      if (turn === null) break
      if (this.#idleSlots() <= this.#keptForJobs) break
      if (turn === 'job' && this.#line.count('job') === 0) {
        this.#keepOneForJobs()
        continue
      }
      if (!this.#give(turn)) break
    }
  }

  #keepOneForJobs(): void {
    this.#keptForJobs += 1
    this.#line.noteGiven('job')
    this.#keptUntil ??= setTimeout(() => {
      this.#giveUpKept()
      this.#serve()
    }, keepForJobsMs)
    this.signals.announce('slot free')
  }

  #giveUpKept(): void {
    clearTimeout(this.#keptUntil)
    this.#keptUntil = undefined
    this.#keptForJobs = 0
  }

  /** Gives a slot to the next of this class. */
  #give(to: RequestClass): boolean {
    const work = this.#line.next(to)
    if (work === undefined) return false
    const engine = work.alone ? this.#engineFor(1) : this.#engineFor(this.#picturesPerEngine)
    if (engine !== null) {
      this.#line.noteGiven(to)
      this.#open(work, engine)
      return true
    }
    if (work.alone) {
      const hold = this.#leastBusy((engine) => engine.heldFor === null)
      if (hold !== null) {
        hold.heldFor = work
        return true
      }
    }
    this.#line.putBack(work)
    return false
  }

  /** The least busy engine with fewer than this many pictures. */
  #engineFor(below: number): Engine | null {
    return this.#leastBusy((engine) => this.#room(engine) > 0 && engine.works.size < below)
  }

  #leastBusy(fits: (engine: Engine) => boolean): Engine | null {
    let best: Engine | null = null
    for (const engine of this.#engines) {
      if (!engine.ending && fits(engine) && engine.works.size < (best?.works.size ?? Number.POSITIVE_INFINITY))
        best = engine
    }
    return best
  }

  #idleSlots(): number {
    let slots = 0
    for (const engine of this.#engines) slots += this.#room(engine)
    return slots
  }

  #room(engine: Engine): number {
    if (engine.ending || engine.heldFor !== null) return 0
    for (const work of engine.works.values()) if (work.alone) return 0
    return this.#picturesPerEngine - engine.works.size
  }

  #takeOutOfLine(work: Work): void {
    if (this.#line.remove(work)) return
    for (const engine of this.#engines) if (engine.heldFor === work) engine.heldFor = null
  }

  // In the engine

  #open(work: Work, engine: Engine): void {
    clearTimeout(work.waitLimit)
    work.state = 'taken'
    work.engine = engine
    engine.works.set(work.id, work)
    // Whoever waits for memory comes first: no free ride past them.
    const fair = Math.min(unaskedBytes, Math.floor(this.#budget.totalBytes / this.slots))
    const allowance = this.#priced.length === 0 ? Math.max(0, Math.min(fair, this.#budget.freeBytes)) : 0
    this.#budget.take(allowance)
    work.price = allowance
    this.#startClock(work)
    const { sourceFile, outputFile, sendsSmall, rule, about, inputs, fonts, removes, wantSourceFacts } = work.request
    // What is not told costs nothing to tell.
    const picture = { sourceFile, outputFile, sendsSmall, rule, about, inputs, fonts, wantSourceFacts }
    const task = removes === undefined ? picture : { ...picture, removes: removes() }
    const { ask, id } = work
    engine.process.send(ask === 'open' ? { ask, id, task, allowance } : { ask, id, task })
    this.signals.announce('picture opened', { pid: engine.process.pid, sourceFile })
    if (ask === 'open' && this.#pinning.noteGiven(work.class, this.#enginesAtWork(), this.#engines.size)) this.#pinAll()
  }

  #enginesAtWork(): number {
    let count = 0
    for (const { works } of this.#engines) if (works.size > 0) count += 1
    return count
  }

  #pinAll(): void {
    this.#log.debug({}, this.#pinning.isOn ? 'engines keep to a core each' : 'engines use all cores')
    for (const engine of this.#engines) this.#pin(engine)
  }

  /** Has it use its own core, or all, as it is to be now. */
  #pin({ core, process }: Engine): void {
    const cores = this.#pinning.isOn ? [core] : this.#pinning.cores
    process.send({ ask: 'pin', cores: cores.join(',') })
  }

  #hear(engine: Engine, message: Heard): void {
    if (message.say === 'pinned') {
      this.signals.announce('engine pinned', { pid: engine.process.pid, cores: message.cores })
    }
    if (!('id' in message)) return
    const work = engine.works.get(message.id)
    if (work === undefined) return
    switch (message.say) {
      case 'price':
        this.#hearPrice(engine, work, message.bytes)
        return
      case 'done':
      case 'announced':
        // Who was asked for the one and says the other has been taken over; its answers are not worth waiting for.
        if ((message.say === 'done') !== (work.ask === 'open')) return
        this.#leave(engine, work)
        this.#settle(work, () => work.resolve(message.picture))
        break
      case 'failed': {
        this.#leave(engine, work)
        const { code, message: text, details, cause } = message.failure
        this.#settle(work, () => work.reject(new Failure(code, text, { details: { ...details }, cause })))
      }
    }
    this.#afterRoom(engine)
  }

  #hearPrice(engine: Engine, work: Work, bytes: number): void {
    this.#budget.give(work.price)
    work.price = 0
    this.#stopClock(work)
    const whole = this.#budget.totalBytes
    if (work.state === 'over' || bytes > whole) {
      engine.process.send({ ask: 'forget', id: work.id })
      this.#leave(engine, work)
      const message = `The picture needs about ${mebibytes(bytes)} MiB of memory to process, at most ${mebibytes(whole)} MiB are allowed.`
      const details = { value: bytes, limit: whole }
      this.#settle(work, () => work.reject(new Failure('PictureOverLimit', message, { details })))
      this.#afterRoom(engine)
      return
    }
    work.state = 'priced'
    work.price = bytes
    this.#priced.push(work)
    this.#grantMemory()
    if (work.state === 'priced') this.signals.announce('waiting for memory', { bytes })
  }

  /** Lets pictures go on, in the order in which they came, as far as memory reaches. */
  #grantMemory(): void {
    for (let work = this.#priced[0]; work !== undefined; work = this.#priced[0]) {
      if (!this.#budget.take(work.price)) return
      this.#priced.shift()
      work.state = 'taken'
      this.#startClock(work)
      work.engine?.process.send({ ask: 'go', id: work.id })
    }
  }

  /** The picture is out of the engine, and what it held is free again. */
  #leave(engine: Engine, work: Work): void {
    this.#stopClock(work)
    engine.works.delete(work.id)
    work.engine = null
    const at = this.#priced.indexOf(work)
    if (at === -1) this.#budget.give(work.price)
    else this.#priced.splice(at, 1)
    work.price = 0
  }

  /** A slot has become free in this engine. */
  #afterRoom(engine: Engine): void {
    this.#grantMemory()
    if (engine.heldFor !== null && engine.works.size === 0 && !engine.ending) {
      const work = engine.heldFor
      engine.heldFor = null
      this.#open(work, engine)
    }
    this.#serve()
    if (this.freeSlots > 0) this.signals.announce('slot free')
  }

  #startClock(work: Work): void {
    work.runningSince = performance.now()
    work.deadline = setTimeout(() => this.#deadlinePassed(work), work.remainingMs)
  }

  #stopClock(work: Work): void {
    if (work.deadline === undefined) return
    clearTimeout(work.deadline)
    work.deadline = undefined
    work.remainingMs = Math.max(0, work.remainingMs - (performance.now() - work.runningSince))
  }

  #deadlinePassed(work: Work): void {
    const engine = work.engine
    if (engine === null) return
    const limit = work.request.deadlineMs ?? this.#deadlineMs
    this.#leave(engine, work)
    this.#settle(work, () =>
      work.reject(
        new Failure('DeadlinePassed', `The picture took longer than ${limit} ms, which is the limit.`, {
          details: { limit },
        }),
      ),
    )
    // A decoder cannot be stopped, only its process.
    engine.ending = true
    engine.process.kill()
  }

  #abort(work: Work, reason: unknown): void {
    const { engine, state } = work
    if (state === 'waiting') this.#takeOutOfLine(work)
    if (state === 'priced' && engine !== null) {
      engine.process.send({ ask: 'forget', id: work.id })
      this.#leave(engine, work)
    }
    // One that is being computed keeps its slot until the engine is done with it; nobody hears of the result.
    this.#settle(work, () => work.reject(reason))
    if (state === 'priced' && engine !== null) this.#afterRoom(engine)
    else this.#serve()
  }

  #settle(work: Work, answer: () => void): void {
    if (work.state === 'over') return
    work.state = 'over'
    clearTimeout(work.waitLimit)
    work.stopListening()
    answer()
  }

  // Processes

  #launch(confinement: Confinement): Promise<EngineProcess | null> {
    return EngineProcess.launch({
      program: this.#program,
      folder: this.#folder,
      confinement,
      pictures: this.#picturesPerEngine,
      ceilingBytes: this.#maxEngineBytes,
      mustReach: this.#mustReach,
      limits: this.limits,
      readyWithinMs: this.#readyWithinMs,
      log: this.#log,
    })
  }

  #startOneMore(): void {
    this.#keepTrack(
      (async () => {
        const process = await this.#launch(this.#confinement!)
        if (this.#state !== 'running') {
          if (process !== null) await end(process)
        } else if (process === null) {
          this.#failedStarts += 1
          if (this.#isWithoutEngines()) this.#turnAway()
          this.#startLater()
        } else {
          this.#failedStarts = 0
          this.#welcome(process)
        }
      })(),
    )
  }

  /** Engines that worked once can no longer be started; nobody should wait for them without an end. */
  #isWithoutEngines(): boolean {
    return this.#engines.size === 0 && this.#failedStarts >= restartWaitsMs.length
  }

  #turnAway(): void {
    for (const work of this.#line.clear()) this.#settle(work, () => work.reject(noEngine()))
  }

  #keepTrack(start: Promise<void>): void {
    this.#starting.add(start)
    const forget = () => this.#starting.delete(start)
    start.then(forget, forget)
  }

  #startLater(): void {
    const wait = restartWaitsMs[Math.min(this.#failedStarts, restartWaitsMs.length) - 1] ?? restartWaitsMs[0]
    const timer = setTimeout(() => {
      this.#restartTimers.delete(timer)
      this.#startOneMore()
    }, wait)
    this.#restartTimers.add(timer)
  }

  #welcome(process: EngineProcess): void {
    const core = this.#pinning.take()
    const engine: Engine = { process, core, works: new Map(), heldFor: null, ending: false }
    this.#engines.add(engine)
    process.listen((message) => this.#hear(engine, message))
    if (this.#pinning.isOn) this.#pin(engine)
    void process.ended.then((end) => this.#farewell(engine, end))
    this.signals.announce('engine started', { pid: process.pid })
    this.#afterRoom(engine)
  }

  #farewell(engine: Engine, end: EngineEnd): void {
    this.#engines.delete(engine)
    this.#pinning.giveBack(engine.core)
    const unasked = !engine.ending
    engine.ending = true
    const held = engine.heldFor
    engine.heldFor = null
    if (held !== null) this.#line.putBack(held)
    for (const work of [...engine.works.values()].reverse()) {
      const wasAlone = work.alone
      this.#leave(engine, work)
      if (work.state === 'over') continue
      if (unasked && wasAlone) {
        const message = `The process that handled the picture ended while the picture was alone in it: ${end.how}.`
        this.#settle(work, () => work.reject(new Failure('PictureBrokeEngine', message, { details: { alone: 1 } })))
        continue
      }
      // Done again from the beginning; after an unasked end alone, so that it shows who is to blame.
      if (unasked) work.alone = true
      work.state = 'waiting'
      work.remainingMs = work.request.deadlineMs ?? this.#deadlineMs
      this.#line.putBack(work)
    }
    this.signals.announce('engine ended', { pid: engine.process.pid })
    if (this.#state !== 'running') return
    this.#startOneMore()
    this.#grantMemory()
    this.#serve()
  }
}

async function end(process: EngineProcess): Promise<void> {
  process.kill()
  await process.ended
}

function noEngine(): Failure {
  return new Failure('EnginesBusy', 'No engine can be started at the moment; the log says why.')
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / (1024 * 1024))
}
