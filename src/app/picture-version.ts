import { createHash } from 'node:crypto'
import { engineEdition, type PictureRequest, printPictureRequest } from '../images/index.ts'
import type { StoredObject } from '../objects/index.ts'
import type { RuleInputs } from './rule-inputs.ts'

/** The version of what a request without styles comes to: an ETag, without quotes, and a name in the result cache. */
export type PictureVersion = (
  source: Pick<StoredObject, 'blobId' | 'version'>,
  request: PictureRequest,
  inputs: Pick<RuleInputs, 'versions'>,
) => string

/** Who makes the pictures is found out once, and is a part of every version. */
export function pictureVersions(): PictureVersion {
  const edition = engineEdition()
  return ({ blobId, version }, request, { versions }) => {
    const facts = JSON.stringify([blobId, version, printPictureRequest(request), edition, ...versions])
    // The end of it keeps clients from taking it for the MD5 of what they are given.
    return `${createHash('sha256').update(facts).digest('hex').slice(0, 32)}-r`
  }
}
