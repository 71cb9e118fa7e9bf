import type { BatchFailure } from '../../../wire/index.ts'

/** What a list says: an object, or something no object can be found by, and why. */
export type ListEntry = { readonly key: string } | { readonly refused: BatchFailure }

/**
 * A place in a list, from which reading can go on in another process: plain data, kept with the batch. `null` is the
 * beginning of any list.
 */
export type Place =
  | PrefixPlace
  /** Behind the one object. */
  | { readonly isRead: true }
  | UrlListPlace
  | ManifestPlace

export interface PrefixPlace {
  /** The last key that was looked at. */
  readonly after: string
  /** Objects looked at so far. */
  readonly read: number
}

export interface UrlListPlace {
  /** Of the file's object: a file that is replaced while it is read is another list. */
  readonly version: string
  /** Byte that is read next. */
  readonly offset: number
  /** Number of the line it belongs to, from 1. */
  readonly line: number
  /** That line was too long and has been told as such: what is left of it is passed over. */
  readonly isInLongLine: boolean
}

export interface ManifestPlace {
  readonly version: string
  /** Index of the data file. */
  readonly file: number
  /** Of its object, once it was checked; `null` before. */
  readonly fileVersion: string | null
  /** Rows of it that were read. */
  readonly row: number
}

/** What was read in one go. */
export interface Portion {
  readonly entries: readonly ListEntry[]
  readonly next: Place
  readonly isLast: boolean
  /** How much of the list lies before `next`, in the unit of `measure`. */
  readonly read: number
}

/**
 * Reads a list from wherever somebody else stopped, in pieces and with the same memory for a list of any length. One
 * reader reads one list; asked to go on where it stopped itself, it is fast.
 *
 * Fails with `ListUnreadable` or `ObjectNotFound` when the list is not what it should be, which nothing but another list
 * can change, and with `StorageUnavailable`, which may pass.
 */
export interface InputReader {
  /** Up to `limit` entries behind a place. Few or none, without being last, after much that says nothing. */
  read(from: Place | null, limit: number): Promise<Portion>
  /** How much there is to read, in a unit of its own; `null` while it is still being counted: ask again. */
  measure(): Promise<number | null>
  /** Lets go of open files, and ends a read that is under way with `ServerStopping`. Twice is fine. */
  close(): Promise<void>
}
