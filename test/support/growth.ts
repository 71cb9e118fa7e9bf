/**
 * How many times as much processor time work takes that is `times` as large: some `times` when it reads what it is
 * given once, and far more when it reads it again and again. Both are measured in the same process and the best of
 * three counts, so that neither a slow machine nor a busy one shows.
 *
 * @param work is given how large it is to be, and prepares nothing: that would count
 */
export function growth(work: (size: number) => void, size: number, times: number): number {
  const best = (of: number) => Math.min(...Array.from({ length: 3 }, () => processorTime(() => work(of))))
  // What is shorter than this cannot be told from what the clock itself takes.
  const small = Math.max(best(size), 100)
  return best(size * times) / small
}

/** Of this process, microseconds. */
function processorTime(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}
