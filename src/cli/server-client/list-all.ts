import type { Pair } from '../../http/authentication/index.ts'
import type { ServerClient } from './server-client.ts'

/** How many entries the JSON door gives at once. */
const PAGE = 100

/**
 * The first entries of a list of the JSON door, page after page.
 *
 * @param name what the list calls its entries: `jobs`
 * @param parameters those that are `undefined` are left out
 */
export async function listAll<Item>(
  client: ServerClient,
  path: string,
  name: string,
  parameters: Readonly<Record<string, string | undefined>>,
  limit: number,
): Promise<Item[]> {
  const given = Object.entries(parameters).flatMap(([key, value]): Pair[] =>
    value === undefined ? [] : [[key, value]],
  )
  const found: Item[] = []
  let after: string | null = null
  do {
    const more: Pair[] = after === null ? [] : [['after', after]]
    const size = String(Math.min(PAGE, limit - found.length))
    const page = (await client.callApi('GET', path, { parameters: [...given, ['limit', size], ...more] })) as {
      readonly [list: string]: unknown
    }
    found.push(...(page[name] as Item[]))
    after = page.next as string | null
  } while (after !== null && found.length < limit)
  return found
}
