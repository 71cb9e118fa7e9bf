import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../../base/index.ts'
import type { Confinement } from './isolation.ts'
import type { FromEngine, ToEngine } from './messages.ts'
import { readFromEngine } from './read-message.ts'

export interface LaunchOptions {
  /** The module that is run with this Node. */
  readonly program: string
  /** Each engine gets an empty folder below this one as its working directory. */
  readonly folder: string
  readonly confinement: Confinement
  readonly ceilingBytes: number
  readonly mustReach: readonly string[]
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

/** One engine process, seen from our side. It ends exactly once; `ended` says how. */
export class EngineProcess {
  readonly #child: ChildProcess
  readonly #folder: string
  /** Resolves when the process is gone. Never rejects. */
  readonly ended: Promise<EngineEnd>
  #askedToEnd = false
  #lastWord: string | null = null
  #listener: (message: FromEngine) => void = () => {}

  private constructor(child: ChildProcess, folder: string, log: Log) {
    this.#child = child
    this.#folder = folder
    let complaint = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000)
    })
    child.on('message', (received: unknown) => {
      const message = readFromEngine(received)
      if (message === null) {
        this.#lastWord = 'it said something that no engine says'
        child.kill('SIGKILL')
        return
      }
      if (message.say === 'over ceiling') this.#lastWord = `it had grown to ${message.bytes} bytes`
      this.#listener(message)
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
    const { program, folder, confinement, ceilingBytes, mustReach, readyWithinMs, log } = options
    const own = mkdtempSync(join(folder, 'engine-'))
    // Empty, and not the engine's to write into.
    chmodSync(own, 0o555)
    const [command, ...args] = [...confinement.prefix, process.execPath, program]
    const child = spawn(command!, args, {
      cwd: own,
      env: memorySettings,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
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
    engine.send({ ask: 'begin', ceilingBytes, mustReach })
    const isReady = await ready
    clearTimeout(timer)
    engine.#listener = () => {}
    if (isReady) return engine
    engine.kill()
    await engine.ended
    return null
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  listen(listener: (message: FromEngine) => void): void {
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
