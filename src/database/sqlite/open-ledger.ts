import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { compiledProgram, Failure, Signals, systemClock } from '../../base/index.ts'
import type { WakeChannel } from '../ledger.ts'
import type { OpenLedger } from '../open-ledger.ts'
import { type Call, storesByCall } from '../stores-by-call.ts'
import type { CarriedFailure, FromThread, ThreadData, ToThread } from './messages.ts'

const COPY_PROGRAM = 'database/sqlite/copy-ledger.js'

export interface SqliteLedgerOptions {
  /** The ledger file; made when absent. A `-wal` and a `-shm` file stand beside it. */
  readonly file: string
  /** The file that keeps a second server out. */
  readonly lockFile: string
  /** The compiled program of the thread; it calls `serveSqliteLedger`. */
  readonly program: string
  /** Handed to the program's function that says what follows from an ended job; must be cloneable. */
  readonly followOptions: unknown
}

/** Starts the thread that owns a ledger file. Fails when the file is in use, newer than the program, or not readable. */
export async function openSqliteLedger(options: SqliteLedgerOptions): Promise<OpenLedger> {
  const data: ThreadData = {
    ledger: { file: options.file, lockFile: options.lockFile },
    followOptions: options.followOptions,
  }
  const worker = new Worker(options.program, { workerData: data, name: 'ledger' })
  const wakes = new Signals<WakeChannel>()
  const open = new Map<number, { resolve(value: unknown): void; reject(failure: Failure): void }>()
  let lastId = 0
  let ended: Failure | null = null
  let tellBroken: (failure: Failure) => void
  const broken = new Promise<Failure>((resolve) => {
    tellBroken = resolve
  })
  let tellClosed: () => void
  const closed = new Promise<void>((resolve) => {
    tellClosed = resolve
  })

  const end = (failure: Failure): void => {
    if (ended !== null) return
    ended = failure
    for (const { reject } of open.values()) reject(failure)
    open.clear()
  }

  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      if (message.is === 'ready') resolve()
      else if (message.is === 'failed') reject(carried(message.failure))
      else if (message.is === 'closed') tellClosed()
      else {
        for (const answer of message.answers) {
          const asked = open.get(answer.id)
          open.delete(answer.id)
          if (answer.failure === undefined) asked?.resolve(answer.value)
          else asked?.reject(carried(answer.failure))
        }
        for (const channel of message.wakes) wakes.announce(channel)
      }
    })
    const broke = (cause: unknown): void => {
      const failure = new Failure('StorageUnavailable', 'The ledger has stopped.', { cause })
      end(failure)
      tellBroken(failure)
      reject(failure)
      tellClosed()
    }
    worker.on('error', broke)
    worker.on('exit', (status) => {
      if (ended === null) broke(new Error(`the ledger thread ended with status ${status}`))
      tellClosed()
    })
  })

  const send = (message: (id: number) => ToThread): Promise<unknown> => {
    if (ended !== null) return Promise.reject(ended)
    return new Promise((resolve, reject) => {
      const id = ++lastId
      open.set(id, { resolve, reject })
      worker.postMessage(message(id))
    })
  }
  const ask = (call: Call): Promise<unknown> => send((id) => ({ is: 'call', id, call }))

  const copyTo = async (file: string): Promise<{ size: number; crc64: string }> => {
    await send((id) => ({ is: 'freeze', id }))
    try {
      return await copyLedger(options.file, file)
    } finally {
      await send((id) => ({ is: 'thaw', id })).catch(() => undefined)
    }
  }

  let closing: Promise<void> | null = null
  return {
    stores: storesByCall(ask),
    wakes,
    clock: systemClock,
    hasSiblings: false,
    takenForDead: new Signals(),
    isUp: () => ended === null,
    broken,
    copyTo,
    close() {
      closing ??= (async () => {
        if (ended === null) worker.postMessage({ is: 'close' } satisfies ToThread)
        await closed
        end(new Failure('ServerStopping', 'The ledger is closed.'))
      })()
      return closing
    },
  }
}

/** See copy-ledger.ts for why this is a process. */
async function copyLedger(from: string, to: string): Promise<{ size: number; crc64: string }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [compiledProgram(COPY_PROGRAM), from, to])
    return JSON.parse(stdout) as { size: number; crc64: string }
  } catch (cause) {
    const isFull = /ENOSPC|EDQUOT/.test(String((cause as { stderr?: unknown }).stderr))
    throw new Failure(isFull ? 'StorageFull' : 'StorageUnavailable', 'The ledger could not be copied.', { cause })
  }
}

function carried({ code, message, details, cause }: CarriedFailure): Failure {
  return new Failure(code, message, { details: { ...details }, ...(cause === undefined ? {} : { cause }) })
}
