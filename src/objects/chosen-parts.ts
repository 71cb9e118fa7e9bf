import { Failure } from '../base/index.ts'
import type { StoredPart } from './upload-store.ts'

/** A part as the client names it when it completes an upload. */
export interface NamedPart {
  readonly number: number
  /** The ETag that the client was told, without quotes. */
  readonly etag: string
}

/**
 * The parts that a completion names, in order. Numbers must ascend, gaps are allowed; every part but the last must have
 * `minBytes`. Parts that were uploaded and are not named do not become part of the object.
 *
 * @throws Failure `PartOrderInvalid`, `PartInvalid`, `PartTooSmall`; the message names the part
 */
export function chosenParts(
  named: readonly NamedPart[],
  kept: readonly StoredPart[],
  minBytes: number,
): readonly StoredPart[] {
  const partOf = new Map(kept.map((part) => [part.number, part]))
  let before = 0
  for (const { number } of named) {
    if (number <= before) {
      throw new Failure('PartOrderInvalid', `Part ${number} stands behind part ${before}, expected ascending numbers.`)
    }
    before = number
  }
  return named.map(({ number, etag }, index) => {
    const part = partOf.get(number)
    if (part === undefined) throw new Failure('PartInvalid', `Part ${number} was not uploaded.`)
    if (part.md5 !== etag.toLowerCase()) {
      throw new Failure('PartInvalid', `The ETag of part ${number} is "${part.md5}", not the one given.`)
    }
    if (part.size < minBytes && index < named.length - 1) {
      throw new Failure(
        'PartTooSmall',
        `Part ${number} has ${part.size} bytes, expected at least ${minBytes} of all but the last.`,
      )
    }
    return part
  })
}
