import type { ReadBackup } from '../../backup/index.ts'

/** What a command tells of a whole backup that lacks something; empty when it does not. */
export function shortcomings({ missing, missingIds, damagedIds }: ReadBackup): string {
  const some = (ids: readonly string[]) => `${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ' …' : ''}`
  return [
    ...(missing > 0 ? [`${missing} blobs that objects name were not in the store: ${some(missingIds)}\n`] : []),
    ...(damagedIds.length > 0
      ? [`${damagedIds.length} blobs are not what their check sums say: ${some(damagedIds)}\n`]
      : []),
  ].join('')
}
