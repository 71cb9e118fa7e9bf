import { asFailure, Failure, type FailureCode } from '../../base/index.ts'
import type { ClaimedDelivery } from '../../callbacks/index.ts'
import type { WakeChannel } from '../ledger.ts'
import type { Call } from '../stores-by-call.ts'

/** What the ledger thread is started with. */
export interface ThreadData {
  readonly ledger: { readonly file: string; readonly lockFile: string }
  /** For the function that says what follows from an ended job; cloned into the thread. */
  readonly followOptions: unknown
  /** The folder whose small blobs a question may bring along; `null`: none. */
  readonly blobsFolder: string | null
}

/** What the thread that only asks is started with. */
export interface ReadsThreadData {
  readonly file: string
  readonly blobsFolder: string | null
}

export type ToThread =
  | { readonly is: 'call'; readonly id: number; readonly call: Call }
  /** From the answer on the ledger file stands still: what is committed stays in the log, until `thaw`. */
  | { readonly is: 'freeze' | 'thaw'; readonly id: number }
  | { readonly is: 'close' }

/** A failure as it crosses the border of the thread; `cause` as text, for the log. */
export interface CarriedFailure {
  readonly code: FailureCode
  readonly message: string
  readonly details: Readonly<Record<string, string | number>>
  readonly cause: string | undefined
}

/** What came of a call that was carried out. */
export interface Done {
  readonly value: unknown
  /** Whether it made the work that such a call may make. */
  readonly hasMadeWork?: boolean
  /** What is in the courier's hands now. */
  readonly taken?: readonly ClaimedDelivery[]
}

export type FromThread =
  | { readonly is: 'ready' }
  | { readonly is: 'failed'; readonly failure: CarriedFailure }
  | {
      readonly is: 'answers'
      readonly wakes: readonly WakeChannel[]
      readonly answers: readonly ({ readonly id: number } & (
        | (Done & { readonly failure?: undefined })
        | { readonly failure: CarriedFailure }
      ))[]
    }
  | { readonly is: 'closed' }

/** A failure, made ready to cross the border. */
export function carriedFailure(error: unknown): CarriedFailure {
  const { code, message, details, cause } = asFailure(error)
  return { code, message, details, cause: cause instanceof Error ? (cause.stack ?? cause.message) : textOf(cause) }
}

function textOf(cause: unknown): string | undefined {
  return cause === undefined ? undefined : String(cause)
}

/** A failure that has crossed the border. */
export function failureOf({ code, message, details, cause }: CarriedFailure): Failure {
  return new Failure(code, message, { details: { ...details }, ...(cause === undefined ? {} : { cause }) })
}
