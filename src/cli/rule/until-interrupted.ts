/** What a shell shows for a command that Ctrl-C ended. */
const INTERRUPTED = 130

/** Does the work until a signal asks to end it; its clearing up is waited for. Gives the exit code. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const ends = new AbortController()
  const abort = (): void => ends.abort()
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.on(name, abort)
  try {
    return await work(ends.signal)
  } catch (error) {
    if (ends.signal.aborted) return INTERRUPTED
    throw error
  } finally {
    for (const name of signals) process.off(name, abort)
  }
}
