import { type ChildProcess, fork } from 'node:child_process'
import type { LookupAddress } from 'node:dns'
import { compiledProgram } from '../base/index.ts'
import type { LookupAnswer, LookupQuestion } from './lookup-process.ts'

/** Of the helper's threads; Node lets half of them look names up. They do nothing but wait. */
const THREADS = 64
/** How long it stays when nothing is asked any more. */
const IDLE_MS = 10_000
/** What the system's resolver reads; the helper needs nothing else of us, and no secrets. */
const OF_THE_RESOLVER = ['LOCALDOMAIN', 'RES_OPTIONS', 'HOSTALIASES', 'LD_LIBRARY_PATH']

interface Asked {
  resolve(addresses: readonly LookupAddress[]): void
  reject(error: Error): void
}

/**
 * Looks names up as the system does, in a process that has threads enough for many that hang at once. A thread of ours that asks
 * a name server which says nothing cannot be called back, and we have few. The process is there when it is needed: some
 * trouble with names, no more than now and then; and gone soon afterwards, or with us.
 */
export class LookupHelper {
  readonly #idleMs: number
  #child: ChildProcess | null = null
  readonly #asked = new Map<number, Asked>()
  #lastId = 0
  #idle: NodeJS.Timeout | null = null

  constructor({ idleMs = IDLE_MS } = {}) {
    this.#idleMs = idleMs
  }

  /** The process, while there is one. */
  get processId(): number | null {
    return this.#child?.pid ?? null
  }

  /** Rejects as `dns.lookup` does; with `EAI_AGAIN`, nobody could tell, when the process ends. */
  lookUp(name: string): Promise<readonly LookupAddress[]> {
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#child ??= this.#started()
    const child = this.#child
    return new Promise((resolve, reject) => {
      this.#lastId += 1
      const question: LookupQuestion = { id: this.#lastId, name }
      this.#asked.set(question.id, { resolve, reject })
      // What cannot be sent is answered by the end of the process.
      child.send(question, () => undefined)
    })
  }

  #started(): ChildProcess {
    const env: NodeJS.ProcessEnv = { UV_THREADPOOL_SIZE: String(THREADS) }
    for (const name of OF_THE_RESOLVER) if (process.env[name] !== undefined) env[name] = process.env[name]
    const child = fork(compiledProgram('network/lookup-process.js'), [], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    // Nobody waits for it when we end.
    child.unref()
    child.channel?.unref()
    child.on('message', ({ id, addresses, code }: LookupAnswer) => {
      const asked = this.#asked.get(id)
      this.#asked.delete(id)
      if (addresses !== null) asked?.resolve(addresses as LookupAddress[])
      else asked?.reject(lookupError(code ?? 'EAI_FAIL'))
      if (this.#asked.size === 0) this.#endSoon(child)
    })
    const over = (): void => {
      if (this.#child !== child) return
      this.#child = null
      for (const { reject } of this.#asked.values()) reject(lookupError('EAI_AGAIN'))
      this.#asked.clear()
    }
    child.on('error', over)
    child.on('exit', over)
    return child
  }

  #endSoon(child: ChildProcess): void {
    this.#idle = setTimeout(() => child.kill('SIGKILL'), this.#idleMs)
    this.#idle.unref()
  }
}

function lookupError(code: string): Error {
  return Object.assign(new Error(`the look-up has ended with ${code}`), { code })
}
