import { Worker } from 'node:worker_threads'
import { compiledProgram } from '../../base/index.ts'

export interface NewFile {
  /** Where it is written, on the same file system. */
  readonly unfinished: string
  /** Where it appears when it is whole; the folder is made when it is missing. */
  readonly place: string
  readonly bytes: Uint8Array
}

/** What the thread is told, and what it says when all of these are done, in their order; `null` is no failure. */
export interface FilesToWrite {
  readonly files: readonly NewFile[]
}
export interface FilesWritten {
  readonly failures: readonly (string | null)[]
}

interface Waiting {
  readonly file: NewFile
  readonly resolve: () => void
  readonly reject: (reason: Error) => void
}

/**
 * Writes files that nobody waits for, in a thread of its own, which is started with the first one. What comes within a
 * short while goes there together, since each pass from thread to thread costs as much as a file.
 */
export class FileWriter {
  readonly #gatherMs: number
  #thread: Worker | null = null
  #waiting: Waiting[] = []
  /** With the thread, in the order in which it answers. */
  readonly #sent: (readonly Waiting[])[] = []
  #timer: NodeJS.Timeout | undefined
  #tellIdle: () => void = () => {}

  /** @param gatherMs how long a file waits for others, milliseconds */
  constructor(gatherMs: number) {
    this.#gatherMs = gatherMs
  }

  /** Takes the bytes over: they must be of a buffer of their own. Rejects when the file could not be written. */
  write(file: NewFile): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ file, resolve, reject })
      this.#timer ??= setTimeout(() => this.#send(), this.#gatherMs)
    })
  }

  /** Writes what waits, and ends the thread. Nothing may come meanwhile; what comes afterwards starts it again. */
  async stop(): Promise<void> {
    this.#send()
    if (this.#sent.length > 0) {
      await new Promise<void>((resolve) => {
        this.#tellIdle = resolve
      })
    }
    const thread = this.#thread
    this.#thread = null
    await thread?.terminate()
  }

  #send(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const batch = this.#waiting.splice(0)
    if (batch.length === 0) return
    const files = batch.map(({ file }) => file)
    this.#sent.push(batch)
    this.#thread ??= this.#start()
    this.#thread.postMessage(
      { files } satisfies FilesToWrite,
      files.map(({ bytes }) => bytes.buffer as ArrayBuffer),
    )
  }

  #start(): Worker {
    const thread = new Worker(compiledProgram('images/results/write-files.js'), { name: 'result cache' })
    thread.on('message', ({ failures }: FilesWritten) => {
      const batch = this.#sent.shift() ?? []
      for (const [index, { resolve, reject }] of batch.entries()) {
        const failure = failures[index]
        if (failure === null) resolve()
        else reject(new Error(failure))
      }
      if (this.#sent.length === 0) this.#tellIdle()
    })
    const broke = (error: Error) => {
      if (this.#thread !== thread) return
      this.#thread = null
      for (const { reject } of this.#sent.splice(0).flat()) reject(error)
      this.#tellIdle()
    }
    thread.on('error', broke)
    thread.on('exit', (status) => broke(new Error(`the thread that writes files ended with status ${status}`)))
    return thread
  }
}
