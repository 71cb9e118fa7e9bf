import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Requester } from '../keys/index.ts'
import type { Surface } from './addressing.ts'
import type { ParsedTarget } from './authentication/index.ts'
import type { Query } from './query.ts'
import type { RequestBody } from './request-body.ts'

/** Headers of an answer by lower-case name; the frame spells them. `undefined` leaves one out. */
export type AnswerHeaders = Readonly<Record<string, string | undefined>>

/**
 * One request and its answer, as a handler sees them: authenticated, addressed and decoded. A handler either answers
 * once or throws; what it throws becomes the error answer of its surface.
 */
export interface Exchange {
  /** As sent: `GET`, `PUT` … */
  readonly method: string
  readonly surface: Surface
  /** `null` when neither host nor path names one (the list of buckets, calls to the service without a bucket). */
  readonly bucket: string | null
  /** The bucket, or a failure (`InvalidHost`) that says how to address one. */
  requireBucket(): string
  /** Of the host; `null` when it names none. Any text: a program may have a region that means nothing here. */
  readonly region: string | null
  /** Decoded once, with its leading `/`; on path-style requests without the bucket. */
  readonly path: string
  /** The path without its leading `/`: the object key. `''` is the bucket itself. */
  readonly key: string
  /** The whole target as it came, for those who need more than names and values (picture rules, raw text). */
  readonly target: ParsedTarget
  readonly query: Query
  /** By lower-case name. Values are Latin-1 text: one character per byte that came. */
  readonly headers: IncomingHttpHeaders
  /** As the client sent it, with port: what URLs and `Location` elements shown to this client begin with. */
  readonly host: string
  /** How the client came: what URLs shown to it begin with. */
  readonly scheme: 'http' | 'https'
  readonly requestId: string
  /** Who asks, and what they may do. Operations are checked before they are carried out; for what more they touch, they ask. */
  readonly requester: Requester
  /** The id of the key or token that was used; `null` when nobody in particular asks. */
  readonly signedBy: string | null
  /** Aborted when the client goes away before its answer is complete. */
  readonly signal: AbortSignal

  readonly body: RequestBody
  /** The body of an API call, checked against Content-MD5; `maxBytes` is 1 MiB unless told. */
  readBody(maxBytes?: number): Promise<Buffer>

  /** The same request and answer, as one for the object door: about this bucket and path, with this query. */
  asObjectRequest(bucket: string, path: string, rawQuery: string): Exchange

  /** An answer without a body. `content-length` may say what a HEAD answer speaks of; else it is 0. */
  answerEmpty(status: number, headers?: AnswerHeaders): Promise<void>
  /** An answer whose body is a document, as UTF-8. */
  answerText(status: number, contentType: string, text: string, headers?: AnswerHeaders): Promise<void>
  /** An answer whose body is at hand. */
  answerBytes(status: number, headers: AnswerHeaders, bytes: Uint8Array): Promise<void>
  /**
   * An answer whose body is a stream, with backpressure. The stream is destroyed when the client goes away; when the
   * stream fails, the connection is cut, so that the client sees that the body is not whole. Resolves when the last
   * byte is with the operating system, or nobody is there to take it.
   */
  answerStream(status: number, headers: AnswerHeaders, source: Readable): Promise<void>
  /**
   * An answer whose body is handed on piece by piece, each when the one before is with the operating system, so that their
   * memory can be used again. When `pour` fails before the first, or nobody is there any more, so does this; when it fails
   * later, the connection is cut. Pieces are first asked for when the answers before this one are out, on a connection that
   * asks for several at once.
   */
  answerPoured(status: number, headers: AnswerHeaders, pour: Pour): Promise<void>
}

/** Hands pieces to `take`, the next one when that has resolved. */
export type Pour = (take: (piece: Uint8Array) => Promise<void>) => Promise<void>

/** The longest body of an API call, in bytes. */
export const MAX_API_BODY_BYTES = 1024 * 1024
