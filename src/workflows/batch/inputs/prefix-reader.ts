import type { ObjectStore } from '../../../objects/index.ts'
import { type BatchBounds, isWanted } from '../batch.ts'
import type { BatchStore } from '../batch-store.ts'
import type { InputReader, PrefixPlace } from './input-reader.ts'

/** Objects looked at in one call, when those asked for are not among the next ones: a millisecond of the ledger. */
const PAGE = 200
/** Pages that are looked through for something that is wanted before the place is written down. */
const PAGES_AT_ONCE = 10
/** Keys counted in one call: half a millisecond of the ledger. */
const COUNTED_AT_ONCE = 1_000

/**
 * The objects under a prefix, in the order of their keys. The list is the bucket itself, which goes on changing: what is
 * deleted before its turn is no entry, and what comes later is kept out by the time interval.
 */
export function prefixReader(
  ports: { readonly objects: Pick<ObjectStore, 'listObjects'>; readonly batches: Pick<BatchStore, 'countKeys'> },
  bucket: string,
  prefix: string,
  bounds: BatchBounds,
): InputReader {
  let counted = 0
  let countedTo: string | null = null
  let isCounted = false

  return {
    async read(from, limit) {
      let { after, read } = (from as PrefixPlace | null) ?? { after: '', read: 0 }
      for (let page = 1; ; page += 1) {
        const { objects, nextMarker } = await ports.objects.listObjects({
          bucket,
          prefix,
          delimiter: '',
          marker: after,
          // Nearly always all of them are wanted.
          maxKeys: page === 1 ? Math.min(limit, PAGE) : PAGE,
        })
        const wanted = objects.filter((object) => isWanted(object, bounds))
        const isCut = wanted.length > limit
        const entries = isCut ? wanted.slice(0, limit) : wanted
        // Of a page that is cut, what follows the last one that was taken is looked at again.
        const passed = isCut ? objects.slice(0, objects.indexOf(entries.at(-1)!) + 1) : objects
        after = passed.at(-1)?.key ?? after
        read += passed.length
        const isLast = nextMarker === null && !isCut
        if (entries.length > 0 || isLast || page === PAGES_AT_ONCE) {
          return { entries: entries.map(({ key }) => ({ key })), next: { after, read }, isLast, read }
        }
      }
    },

    async measure() {
      if (isCounted) return counted
      const { count, last } = await ports.batches.countKeys({
        bucket,
        prefix,
        after: countedTo ?? '',
        limit: COUNTED_AT_ONCE,
      })
      counted += count
      countedTo = last
      isCounted = count < COUNTED_AT_ONCE
      return isCounted ? counted : null
    },

    async close() {},
  }
}
