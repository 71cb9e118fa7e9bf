import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Log } from '../../base/index.ts'
import type { PictureLimits } from '../limits.ts'
import type { Confinement } from './isolation.ts'
import { type FromEngine, type MadePicture, RESULTS_FD, type ToEngine } from './messages.ts'
import { readFromEngine } from './read-message.ts'
import { SentBytes } from './sent-bytes.ts'

/** What is heard of an engine: what it says, with the bytes that it speaks of. */
export type Heard = Exclude<FromEngine, { say: 'done' }> | Done

interface Done {
  readonly say: 'done'
  readonly id: number
  readonly picture: MadePicture
}

export interface LaunchOptions {
  /** The module that is run with this Node. */
  readonly program: string
  /** Each engine gets an empty folder below this one as its working directory. */
  readonly folder: string
  readonly confinement: Confinement
  /** How many it is given at a time. */
  readonly pictures: number
  readonly ceilingBytes: number
  readonly mustReach: readonly string[]
  readonly limits: PictureLimits
  /** How long it may take to say that it is ready, milliseconds. */
  readonly readyWithinMs: number
  readonly log: Log
}

/**
 * How an engine asks the system for memory; other libraries than glibc pass it over. Two arenas: with more, memory of many
 * threads' pictures is kept apart and never given back. Up to these sizes memory stays where it is from one picture to the
 * next: by default each picture's is given back and comes again page by page, which took a twentieth of the time of a
 * picture and more of a PNG. What an ordinary picture takes is far below; after a large one the rest is given back.
 */
const memorySettings = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: String(64 * 1024 * 1024),
  // The most that glibc takes.
  MALLOC_MMAP_THRESHOLD_: String(32 * 1024 * 1024),
}

/**
 * A thread for each picture that is in work, in place of Node's four: pictures would go round among these, each time to
 * one whose memory has grown cold.
 */
function threadSettings(pictures: number): NodeJS.ProcessEnv {
  return { UV_THREADPOOL_SIZE: String(pictures) }
}

/** One engine process, seen from our side. It ends exactly once; `ended` says how. */
export class EngineProcess {
  readonly #child: ChildProcess
  readonly #folder: string
  /** Resolves when the process is gone. Never rejects. */
  readonly ended: Promise<EngineEnd>
  #askedToEnd = false
  #lastWord: string | null = null
  #listener: (message: Heard) => void = () => {}

  private constructor(child: ChildProcess, folder: string, log: Log) {
    this.#child = child
    this.#folder = folder
    let complaint = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000)
    })
    const lied = () => {
      this.#lastWord = 'it said something that no engine says'
      child.kill('SIGKILL')
    }
    const results = new SentBytes(child.stdio[RESULTS_FD] as Readable, lied)
    child.on('message', (received: unknown) => {
      const message = readFromEngine(received)
      if (message === null) {
        lied()
        return
      }
      if (message.say === 'over ceiling') this.#lastWord = `it had grown to ${message.bytes} bytes`
      if (message.say !== 'done') this.#listener(message)
      else void this.#hearDone(message, results)
    })
    this.ended = new Promise((resolve) => {
      let over = false
      const end = (how: string) => {
        if (over) return
        over = true
        rmSync(this.#folder, { recursive: true, force: true })
        const asked = this.#askedToEnd
        if (!asked) log.warn({ pid: child.pid, how, lastWord: this.#lastWord, complaint }, 'engine ended unasked')
        resolve({ asked, how: this.#lastWord ?? how })
      }
      child.once('error', (error) => {
        if (child.pid === undefined) end(error.message)
      })
      child.once('exit', (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
    })
  }

  /** Starts a process and waits until it is ready; `null` when it does not get that far. */
  static async launch(options: LaunchOptions): Promise<EngineProcess | null> {
    const { program, folder, confinement, pictures, ceilingBytes, mustReach, limits, readyWithinMs, log } = options
    const own = mkdtempSync(join(folder, 'engine-'))
    // Empty, and not the engine's to write into.
    chmodSync(own, 0o555)
    const [command, ...args] = [...confinement.prefix, process.execPath, program]
    const child = spawn(command!, args, {
      cwd: own,
      env: { ...memorySettings, ...threadSettings(pictures) },
      // The last one is the channel for results, `RESULTS_FD`.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
      ...(confinement.spawnAs ?? {}),
    })
    const engine = new EngineProcess(child, own, log)
    const ready = new Promise<boolean>((resolve) => {
      engine.#listener = ({ say }) => {
        if (say === 'ready') resolve(true)
        if (say === 'cannot reach') resolve(false)
      }
      void engine.ended.then(() => resolve(false))
    })
    const timer = setTimeout(() => engine.kill(), readyWithinMs)
    engine.send({ ask: 'begin', ceilingBytes, mustReach, limits })
    const isReady = await ready
    clearTimeout(timer)
    engine.#listener = () => {}
    if (isReady) return engine
    engine.kill()
    await engine.ended
    return null
  }

  /** One that ends before its bytes are here has not done the picture. */
  async #hearDone({ id, picture, sent }: Extract<FromEngine, { say: 'done' }>, results: SentBytes): Promise<void> {
    const made = sent === 0 ? picture : { ...picture, bytes: await results.take(sent) }
    this.#listener({ say: 'done', id, picture: made })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  listen(listener: (message: Heard) => void): void {
    this.#listener = listener
  }

  /** A message to a process that is gone is lost; its end is reported by `ended`. */
  send(message: ToEngine): void {
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  kill(): void {
    this.#askedToEnd = true
    this.#child.kill('SIGKILL')
  }
}

export interface EngineEnd {
  /** We ended it ourselves. */
  readonly asked: boolean
  readonly how: string
}
