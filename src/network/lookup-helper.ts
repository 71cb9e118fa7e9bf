import { type ChildProcess, fork } from 'node:child_process'
import type { LookupAddress } from 'node:dns'
import { compiledProgram } from '../base/index.ts'
import type { LookupAnswer, LookupQuestion } from './lookup-process.ts'

/** Look-ups on their way at once; each has a thread, which does nothing but wait. */
export const AT_ONCE = 32
/** Node lets half of its threads look names up. */
const THREADS = AT_ONCE * 2
/** How long it stays when nothing is asked any more: starting it takes as long as some hundred look-ups. */
const IDLE_MS = 60_000
/** What the system's resolver and its plug-ins read, and what says where those lie; the helper needs no secrets. */
const OF_THE_RESOLVER = /^(LOCALDOMAIN$|HOSTALIASES$|RES_|RESOLV_|NSS_|LD_|DYLD_)/

interface Asked {
  readonly name: string
  resolve(addresses: readonly LookupAddress[]): void
  reject(error: Error): void
}

/**
 * Looks names up as the system does, in a process of its own. A thread of ours that asks a name server which says nothing
 * cannot be called back: it would stand in the way of those that read and write files, of which we have few, and a process
 * that ends waits for it. The helper has threads enough for many that hang at once, and can be killed. It costs 50 ms
 * when the first name is looked up, and 9 MB while it is there; it is gone soon after the last, or with us.
 */
export class LookupHelper {
  readonly #idleMs: number
  #child: ChildProcess | null = null
  readonly #asked = new Map<number, Asked>()
  #lastId = 0
  #idle: NodeJS.Timeout | null = null
  #isClosed = false

  constructor({ idleMs = IDLE_MS } = {}) {
    this.#idleMs = idleMs
  }

  /** The process, while there is one. */
  get processId(): number | null {
    return this.#child?.pid ?? null
  }

  /** Rejects as `dns.lookup` does; with `EAI_AGAIN`, nobody could tell, when the process ends. */
  lookUp(name: string): Promise<readonly LookupAddress[]> {
    if (this.#isClosed) return Promise.reject(lookupError('EAI_AGAIN', name))
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#child ??= this.#started()
    const child = this.#child
    return new Promise((resolve, reject) => {
      this.#lastId += 1
      const question: LookupQuestion = { id: this.#lastId, name }
      this.#asked.set(question.id, { name, resolve, reject })
      // What cannot be sent is answered by the end of the process.
      if (child.connected) child.send(question, () => undefined)
    })
  }

  /** Ends the process, whatever hangs in it; whoever waits is told, and no other is started. */
  close(): void {
    this.#isClosed = true
    this.#end()
  }

  #started(): ChildProcess {
    const env: NodeJS.ProcessEnv = { UV_THREADPOOL_SIZE: String(THREADS) }
    for (const [name, value] of Object.entries(process.env)) if (OF_THE_RESOLVER.test(name)) env[name] = value
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
      else asked?.reject(lookupError(code ?? 'EAI_FAIL', asked.name))
      if (this.#asked.size === 0) this.#endSoon()
    })
    const over = (how: string): void => {
      if (this.#child === child) this.#end(how)
    }
    child.on('error', ({ message }) => over(message))
    child.on('exit', (status, signal) => over(String(signal ?? status)))
    return child
  }

  /**
   * Of the process that is there: nobody is to ask it any more, so the next one who asks gets another.
   * @param how it has ended, when that was not our doing
   */
  #end(how?: string): void {
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#child?.kill('SIGKILL')
    this.#child = null
    const why = how === undefined ? '' : `: the process that looks names up has ended (${how})`
    for (const { name, reject } of this.#asked.values()) reject(lookupError('EAI_AGAIN', `${name}${why}`))
    this.#asked.clear()
  }

  #endSoon(): void {
    if (this.#idle !== null) clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#end(), this.#idleMs)
    this.#idle.unref()
  }
}

/** In Node's words. */
function lookupError(code: string, of: string): Error {
  return Object.assign(new Error(`getaddrinfo ${code} ${of}`), { code })
}
