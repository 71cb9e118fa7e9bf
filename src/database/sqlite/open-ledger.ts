import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { compiledProgram, Failure, Signals, systemClock } from '../../base/index.ts'
import type { DeliveryTaker } from '../../callbacks/index.ts'
import type { WakeChannel } from '../ledger.ts'
import type { OpenLedger } from '../open-ledger.ts'
import { isRead } from '../reads.ts'
import { type Call, storesByCall } from '../stores-by-call.ts'
import { AskedThread } from './asked-thread.ts'
import { KnownAnswers } from './known-answers.ts'
import type { ThreadData } from './messages.ts'
import { Reader } from './reader.ts'
import { mayHandOver, WorkExpected, workOf } from './shared-commits.ts'

const COPY_PROGRAM = 'database/sqlite/copy-ledger.js'

export interface SqliteLedgerOptions {
  /** The ledger file; made when absent. A `-wal` and a `-shm` file stand beside it. */
  readonly file: string
  /** The file that keeps a second server out. */
  readonly lockFile: string
  /** The compiled program of the thread; it calls `serveSqliteLedger`. */
  readonly program: string
  /** The compiled program of the thread that only asks; it calls `serveSqliteReads`. */
  readonly readsProgram: string
  /** The folder of blobs beside this ledger, whose small ones answers may bring along. Default: none. */
  readonly blobsFolder?: string
  /** Handed to the program's function that says what follows from an ended job; must be cloneable. */
  readonly followOptions: unknown
}

/**
 * Opens a ledger file: a thread that owns it and, when there is much to do, one beside it that only asks. Fails when the file
 * is in use, newer than the program, or not readable.
 */
export async function openSqliteLedger(options: SqliteLedgerOptions): Promise<OpenLedger> {
  const { file, lockFile, followOptions, blobsFolder = null } = options
  const wakes = new Signals<WakeChannel>()
  const underWay = new Signals<WakeChannel>()
  const expected = new WorkExpected()
  const announce = (wake: WakeChannel) => wakes.announce(wake)
  const owner = new AskedThread(options.program, {
    name: 'ledger',
    data: { ledger: { file, lockFile }, followOptions, blobsFolder } satisfies ThreadData,
    announce,
  })
  await owner.ready
  let tellBroken: (failure: Failure) => void
  const broken = new Promise<Failure>((resolve) => {
    tellBroken = resolve
  })
  void owner.broken.then(tellBroken!)
  const reader = new Reader(options.readsProgram, { file, blobsFolder }, tellBroken!)
  const known = new KnownAnswers()
  let taker: DeliveryTaker | null = null
  const write = (call: Call): Promise<unknown> => {
    // A claim compares its own time with that of what was made, so each call has the time at which it was sent.
    const offer = (mayHandOver(call) && taker?.offer()) || undefined
    const answer = owner.ask(
      (id) => ({ is: 'call', id, call: { ...call, at: Date.now(), ...(offer && { offer }) } }),
      ({ hasMadeWork = false, taken = [] }) => {
        if (workOf(call) !== undefined) expected.learn(call, hasMadeWork)
        if (taken.length > 0) taker?.take(taken)
      },
    )
    const work = expected.of(call)
    if (work !== undefined) underWay.announce(work)
    return answer
  }
  const read = (call: Call): Promise<unknown> =>
    (reader.for(known.isSomebodyWriting) ?? owner).ask((id) => ({ is: 'call', id, call }))
  const ask = (call: Call): Promise<unknown> =>
    isRead(call) ? known.to(call, () => read(call)) : known.whileWriting(() => write(call))

  const copyTo = async (copy: string): Promise<{ size: number; crc64: string }> => {
    await owner.ask((id) => ({ is: 'freeze', id }))
    try {
      return await copyLedger(file, copy)
    } finally {
      await owner.ask((id) => ({ is: 'thaw', id })).catch(() => undefined)
    }
  }

  return {
    stores: storesByCall(ask),
    wakes,
    underWay,
    handOverTo(courier) {
      taker = courier
    },
    clock: systemClock,
    hasSiblings: false,
    takenForDead: new Signals(),
    isUp: () => owner.isUp && reader.isUp,
    broken,
    copyTo,
    async close() {
      // The owner folds the log in, which nobody may be reading then.
      await reader.close()
      await owner.close()
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
