import type { IncomingHttpHeaders } from 'node:http'
import { namesEtag, type WriteConditions } from '../../objects/index.ts'

/** What the conditions of a read come to: go on, answer 304, or answer 412. */
export type ConditionOutcome = 'holds' | 'not-modified' | 'failed'

interface Versioned {
  /** Without quotes. */
  readonly etag: string
  /** Milliseconds; `null` when it may have changed since without another date, so that dates say nothing of it. */
  readonly lastModified: number | null
}

/**
 * The conditional headers of a GET or HEAD, in the order that RFC 9110 § 13.2.2 sets: If-Match hides
 * If-Unmodified-Since, If-None-Match hides If-Modified-Since. Empty headers and dates that are none count as not given,
 * and all dates where there is none to compare them with.
 */
export function conditionsOf(headers: IncomingHttpHeaders, object: Versioned): ConditionOutcome {
  const ifMatch = headers['if-match']
  if (ifMatch) {
    if (!namesEtag(ifMatch, object.etag)) return 'failed'
  } else if (isBefore(headers['if-unmodified-since'], object)) return 'failed'
  const ifNoneMatch = headers['if-none-match']
  if (ifNoneMatch) return namesEtag(ifNoneMatch, object.etag) ? 'not-modified' : 'holds'
  const [since, changed] = [secondsOf(headers['if-modified-since']), secondsOfObject(object)]
  return since !== null && changed !== null && changed <= since ? 'not-modified' : 'holds'
}

/** Whether a range may be given: there is no If-Range, or it speaks of this very version. */
export function ifRangeHolds(header: string | string[] | undefined, object: Versioned): boolean {
  const text = String(header ?? '')
  if (text === '') return true
  const date = secondsOf(text)
  return date === null ? namesEtag(text, object.etag) : date === secondsOfObject(object)
}

/** Whether the object was changed after this date. */
function isBefore(header: string | undefined, object: Versioned): boolean {
  const [seconds, changed] = [secondsOf(header), secondsOfObject(object)]
  return seconds !== null && changed !== null && changed > seconds
}

/** HTTP dates have whole seconds, and so has what an object says of itself. */
function secondsOfObject({ lastModified }: Versioned): number | null {
  return lastModified === null ? null : Math.floor(lastModified / 1000)
}

function secondsOf(header: string | undefined): number | null {
  // Date.parse alone would take "1" or an ETag of digits for a date.
  if (header === undefined || !/^[A-Z][a-z]{2}/.test(header)) return null
  const ms = Date.parse(header)
  return Number.isNaN(ms) ? null : Math.floor(ms / 1000)
}

/** What a request that writes wants to be true of the object that is there. Empty headers count as not given. */
export function writeConditionsOf(headers: IncomingHttpHeaders): WriteConditions {
  return {
    forbidsOverwrite: String(headers['x-cos-forbid-overwrite']).toLowerCase() === 'true',
    ifMatch: headers['if-match'] || null,
    ifNoneMatch: headers['if-none-match'] || null,
    unmodifiedSince: secondsOf(headers['if-unmodified-since']),
  }
}

/** The conditions of a copy, which speak of its source, under the names that a read has for them. */
export function copySourceConditions(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const of = (name: string) => {
    const value = headers[`x-cos-copy-source-${name}`]
    return value === undefined ? undefined : String(value)
  }
  return {
    'if-match': of('if-match'),
    'if-none-match': of('if-none-match'),
    'if-modified-since': of('if-modified-since'),
    'if-unmodified-since': of('if-unmodified-since'),
  }
}
