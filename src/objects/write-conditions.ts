import { Failure } from '../base/index.ts'
import { namesEtag } from './etag-list.ts'
import type { StoredObject } from './object.ts'

/** What a writer wants to be true of what the key names at the moment of the write. Checked with it, in one step. */
export interface WriteConditions {
  /** There is nothing under this key yet. */
  readonly forbidsOverwrite?: boolean
  /** There is something, of one of these ETags (`*`: of any). */
  readonly ifMatch?: string | null
  /** There is nothing of these ETags (`*`: nothing at all). */
  readonly ifNoneMatch?: string | null
  /** There is nothing that changed after this time, in whole seconds since 1970. */
  readonly unmodifiedSince?: number | null
}

type Current = Pick<StoredObject, 'etag' | 'lastModified'> | null

/**
 * @param current what the key names now; `null` for nothing
 * @throws Failure `ObjectExists` for what must not be overwritten, `PreconditionFailed`
 */
export function checkWriteConditions(conditions: WriteConditions, current: Current): void {
  const { forbidsOverwrite, ifMatch, ifNoneMatch, unmodifiedSince } = conditions
  if (forbidsOverwrite && current !== null) {
    throw new Failure('ObjectExists', 'There is an object with this key already, and it must not be overwritten.')
  }
  const isMatched = !ifMatch || (current !== null && namesEtag(ifMatch, current.etag))
  const isOther = !ifNoneMatch || current === null || !namesEtag(ifNoneMatch, current.etag)
  // As with reads, If-Match says more than a date and hides it.
  const isOld =
    Boolean(ifMatch) ||
    unmodifiedSince == null ||
    current === null ||
    Math.floor(current.lastModified / 1000) <= unmodifiedSince
  if (!isMatched || !isOther || !isOld) throw new Failure('PreconditionFailed', 'Precondition not match.')
}

/** Whether anything is wanted at all. */
export function isConditional(conditions: WriteConditions | undefined): conditions is WriteConditions {
  if (conditions === undefined) return false
  const { forbidsOverwrite, ifMatch, ifNoneMatch, unmodifiedSince } = conditions
  return Boolean(forbidsOverwrite || ifMatch || ifNoneMatch) || unmodifiedSince != null
}
