import type { StyleStore } from '../objects/index.ts'
import { type PictureVersion, pictureVersions } from './picture-version.ts'
import { ResultBlobs } from './result-blobs.ts'
import type { RuleInputsDeps } from './rule-inputs.ts'
import { type ExpandRule, stylesOfBuckets } from './styles-of-buckets.ts'

/** What is the same for a picture whoever it is made for: a job, an upload, or somebody who waits. */
export interface PictureMaking {
  readonly expandRule: ExpandRule
  /** How what a rule names beside its source is found. */
  readonly inputs: RuleInputsDeps
  readonly versionOf: PictureVersion
  /** What has been made, so that it need not be made again. */
  readonly resultBlobs: ResultBlobs
}

export function pictureMaking(styles: Pick<StyleStore, 'findStyles'>, inputs: RuleInputsDeps): PictureMaking {
  return { expandRule: stylesOfBuckets(styles), inputs, versionOf: pictureVersions(), resultBlobs: new ResultBlobs() }
}
