import { Worker } from 'node:worker_threads'
import { Failure, type Log } from '../../base/index.ts'

/** What the thread is started with. */
export interface HeartbeatData {
  readonly url: string
  /** How the database shows its connection. */
  readonly name: string
}

export type ToHeartbeat = { readonly is: 'close' }

export type FromHeartbeat =
  /** The first time, or again under a new name because the row of the old one was gone. */
  | { readonly is: 'registered'; readonly workerId: string }
  | { readonly is: 'trouble'; readonly says: string }
  | { readonly is: 'closed' }

export interface HeartbeatOptions extends HeartbeatData {
  /** The compiled program of the thread; it calls `servePostgresHeartbeat`. */
  readonly program: string
  readonly onTakenForDead: () => void
  readonly onBroken: (failure: Failure) => void
  readonly log: Log
}

/** Our side of the thread that keeps this server's row in `workers` alive. */
export interface Heartbeat {
  /** The name of this server now. */
  readonly workerId: () => string
  /** Takes the row away: this server stops. Twice is fine. */
  stop(): Promise<void>
}

/** Starts the thread. Resolves when the server is written down. */
export async function startHeartbeat(options: HeartbeatOptions): Promise<Heartbeat> {
  const { program, url, name, onTakenForDead, onBroken, log } = options
  const thread = new Worker(program, { workerData: { url, name } satisfies HeartbeatData, name: 'heartbeat' })
  let workerId = ''
  let troubled = false
  let stopping: Promise<void> | null = null
  const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()))

  await new Promise<void>((resolve, reject) => {
    thread.on('message', (message: FromHeartbeat) => {
      if (message.is === 'trouble') {
        // Of a row of troubles the first is enough.
        if (!troubled) log.warn({ says: message.says }, 'this server could not say that it lives; trying on')
        troubled = true
        if (workerId === '') reject(new Failure('StorageUnavailable', `The database did not answer: ${message.says}`))
      }
      if (message.is !== 'registered') return
      troubled = false
      const isFirst = workerId === ''
      workerId = message.workerId
      if (isFirst) return resolve()
      log.warn({ workerId }, 'this server was taken for dead; what it was doing is done by others, and it begins anew')
      onTakenForDead()
    })
    const broke = (cause: unknown): void => {
      const failure = new Failure('StorageUnavailable', 'The thread that says this server lives has stopped.', {
        cause,
      })
      if (stopping === null) onBroken(failure)
      reject(failure)
    }
    thread.on('error', broke)
    thread.on('exit', (status) => {
      if (stopping === null) broke(new Error(`it ended with status ${status}`))
    })
  }).catch(async (error: unknown) => {
    stopping = Promise.resolve()
    await thread.terminate()
    throw error
  })

  return {
    workerId: () => workerId,
    stop() {
      stopping ??= (async () => {
        thread.postMessage({ is: 'close' } satisfies ToHeartbeat)
        await ended
      })()
      return stopping
    },
  }
}
