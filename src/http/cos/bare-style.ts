import type { StyleStore } from '../../objects/index.ts'
import { isStyleName } from '../../wire/index.ts'
import type { ParsedTarget } from '../authentication/index.ts'

/** Parameters of the protocol that may come without a value. */
const NO_STYLE = /^(?:q-|x-cos-|response-|versionId$)/

/** Names looked up at once; a request that means a style names one. */
const MAX_NAMES = 8

/**
 * The style that a query without a rule means by nothing but its name, as in `/cat.jpg?small`; `null` when the bucket has
 * none of such a name. Other parameters without a value are what clients add to get past caches, and mean nothing.
 *
 * @source the original's page on the protection of originals asks for a style so
 */
export async function bareStyle(
  bucket: string,
  { parameters }: ParsedTarget,
  styles: Pick<StyleStore, 'findStyles'>,
): Promise<string | null> {
  const names = parameters
    .filter(({ name, value }) => value === '' && isStyleName(name) && !NO_STYLE.test(name))
    .map(({ name }) => name)
    .slice(0, MAX_NAMES)
  if (names.length === 0) return null
  const found = new Set((await styles.findStyles(bucket, names)).map(({ name }) => name))
  return names.find((name) => found.has(name)) ?? null
}
