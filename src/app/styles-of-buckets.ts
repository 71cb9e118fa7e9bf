import { expandStyles, type Rule } from '../images/index.ts'
import type { StyleStore } from '../objects/index.ts'

/** A rule for a picture of this bucket, with every style in it replaced by what it stands for there. */
export type ExpandRule = (bucket: string, rule: Rule) => Promise<Rule>

/** Fails as `expandStyles`. A rule without styles asks nobody. */
export function stylesOfBuckets(styles: Pick<StyleStore, 'findStyles'>): ExpandRule {
  return (bucket, rule) =>
    expandStyles(rule, async (names) => {
      const found = await styles.findStyles(bucket, names)
      return new Map(found.map(({ name, body }) => [name, body]))
    })
}
