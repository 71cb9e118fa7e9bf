import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { compiledProgram } from '../../src/base/index.ts'
import { houseEnvironment } from './house.ts'
import { processes } from './processes.ts'

export interface ServerGroupOptions {
  readonly dataDir: string
  readonly environment?: Readonly<Record<string, string>>
  /** Flags of Node, for instance a module to load first. */
  readonly nodeFlags?: readonly string[]
  /** Is told each line of the log. */
  readonly onLog?: (line: string) => void
}

const endWithParent = new URL('end-with-parent.mjs', import.meta.url).href

/**
 * The real server as a process of its own, in a group of its own, so that a kill takes its engines along; started again
 * as often as one likes on the same folder.
 */
export class ServerGroup {
  /** How often it was started. */
  boots = 0
  /** Ends that were not asked for, with what the server wrote about it. */
  readonly complaints: string[] = []
  readonly #options: ServerGroupOptions
  #child: ChildProcess | null = null
  #ended: Promise<unknown> = Promise.resolve()
  #url: string | null = null
  readonly #groups: number[] = []
  readonly #waiting = new Set<() => void>()

  constructor(options: ServerGroupOptions) {
    this.#options = options
  }

  /** `null` while it does not listen. */
  get url(): string | null {
    return this.#url
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  /** Resolves when the process that runs now is gone, however it ends. */
  get ended(): Promise<unknown> {
    return this.#ended
  }

  /** The engines of the server that runs now, ready or not. */
  engines(): number[] {
    const { pid } = this
    return processes(({ parent }) => parent === pid).map((engine) => engine.pid)
  }

  /** Living processes of this boot and of all before. */
  members(): number[] {
    return processes(({ group }) => this.#groups.includes(group)).map(({ pid }) => pid)
  }

  /** Starts it; does not wait until it listens. */
  spawn(environment: Readonly<Record<string, string>> = {}): void {
    const child = spawn(
      process.execPath,
      ['--import', endWithParent, ...(this.#options.nodeFlags ?? []), compiledProgram('cli/pixmill.js'), 'serve'],
      {
        env: {
          PATH: process.env.PATH ?? '',
          ...houseEnvironment(this.#options.dataDir),
          PIXMILL_LOG_LEVEL: 'error',
          ...this.#options.environment,
          ...environment,
        },
        stdio: ['pipe', 'pipe', 'pipe'],
        detached: true,
      },
    )
    this.boots += 1
    this.#child = child
    this.#groups.push(child.pid!)
    // Closed by the kill.
    child.stdin.on('error', () => {})
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000)
    })
    const { onLog } = this.#options
    if (onLog !== undefined) createInterface({ input: child.stderr }).on('line', onLog)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /^pixmill listening on (http:\S+)$/.exec(line)?.[1]
      if (url === undefined) return
      this.#url = url
      for (const tell of [...this.#waiting]) tell()
    })
    this.#ended = once(child, 'exit').then(([status, signal]) => {
      this.#url = null
      if (signal === null && status !== 0) this.complaints.push(`boot ${this.boots} ended with ${status}: ${said}`)
    })
  }

  /** Resolves with the address when it listens; rejects when it ends before. */
  async listening(): Promise<string> {
    const { boots } = this
    const ended = this.#ended.then(() => {
      throw new Error(`boot ${boots} ended without listening: ${this.complaints.at(-1) ?? 'killed'}`)
    })
    return Promise.race([ended, this.whenUp()])
  }

  /** Resolves when this boot, or the next one, listens. */
  whenUp(): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#url === null) return
        this.#waiting.delete(look)
        resolve(this.#url)
      }
      this.#waiting.add(look)
      look()
    })
  }

  async start(environment: Readonly<Record<string, string>> = {}): Promise<string> {
    this.spawn(environment)
    return this.listening()
  }

  /** SIGTERM, as a supervisor sends it. Resolves with the exit status; `null` when a signal ended it. */
  async terminate(): Promise<number | null> {
    const child = this.#child
    if (child === null) return null
    child.kill('SIGTERM')
    await this.#ended
    return child.exitCode
  }

  /** SIGKILL to the whole group, or to the server alone: its engines then have to notice. */
  async kill(whom: 'group' | 'server' = 'group'): Promise<void> {
    const child = this.#child
    if (child === null) return
    try {
      process.kill(whom === 'group' ? -child.pid! : child.pid!, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
    await this.#ended
    this.#url = null
  }
}
