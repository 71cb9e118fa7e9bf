import type { FailureCode } from '../../base/index.ts'
import type { WakeChannel } from '../ledger.ts'
import type { Call } from '../stores-by-call.ts'

/** What the ledger thread is started with. */
export interface ThreadData {
  readonly ledger: { readonly file: string; readonly lockFile: string }
  /** For the function that says what follows from an ended job; cloned into the thread. */
  readonly followOptions: unknown
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

export type FromThread =
  | { readonly is: 'ready' }
  | { readonly is: 'failed'; readonly failure: CarriedFailure }
  | {
      readonly is: 'answers'
      readonly wakes: readonly WakeChannel[]
      readonly answers: readonly ({ readonly id: number } & (
        | { readonly value: unknown; readonly failure?: undefined }
        | { readonly failure: CarriedFailure }
      ))[]
    }
  | { readonly is: 'closed' }
