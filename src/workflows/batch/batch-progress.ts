/**
 * How far a batch is, in whole percent: how much of the list was read, times how much of that is done. 100 is kept for
 * the end, and nothing goes down: a long list is read ahead of the work, which for a moment makes more to do.
 *
 * @param before what it was so far
 * @param part how much of the list was read, 0 to 1; `null` while nobody knows how long it is
 */
export function progressOf(
  before: number,
  { listed, ended }: { readonly listed: number; readonly ended: number },
  part: number | null,
): number {
  const done = listed === 0 ? 1 : ended / listed
  return Math.max(before, Math.min(99, Math.floor(100 * (part ?? 0) * done)))
}
