import { expandStyles } from '../images/index.ts'
import type { Style, StyleStore } from '../objects/index.ts'
import type { BucketOfHost } from '../workflows/index.ts'
import { ruleCheckFor } from './rule-inputs.ts'

/** How many styles a bucket may have, as in the original. */
const MAX_STYLES = 100

/**
 * Saves a style that can be carried out: its rule is one, and the styles in it exist and do not lead back to it.
 *
 * @throws Failure `RuleInvalid`, `OperationNotOffered`, `RuleNotApplicable`, `StyleNotFound`, `StyleLimitReached`, `BucketNotFound`
 */
export async function saveStyle(
  styles: Pick<StyleStore, 'findStyles' | 'saveStyle'>,
  bucketOfHost: BucketOfHost,
  bucket: string,
  { name, body }: Style,
): Promise<void> {
  ruleCheckFor(bucket, bucketOfHost)(body)
  await expandStyles({ stages: [{ interface: 'style', style: name }] }, async (names) => {
    const found = await styles.findStyles(bucket, names)
    return new Map([...found.map((style) => [style.name, style.body] as const), [name, body]])
  })
  await styles.saveStyle(bucket, { name, body }, MAX_STYLES)
}
