import type { Agent } from './agent.ts'
import type { Log } from './log.ts'

export interface EveryOptions {
  /** From the end of one round to the begin of the next; the first one begins at once. */
  readonly everyMs: number
  readonly round: () => Promise<void>
  /** What is logged with the error when a round fails; the next one comes all the same. */
  readonly whenItFails: string
  readonly log: Log
}

/** An agent that does one thing again and again, never twice at the same time. */
export function every({ everyMs, round, whenItFails, log }: EveryOptions): Agent {
  let running: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null
  let stopped = false
  const go = (): void => {
    running = round()
      .catch((error: unknown) => log.error({ err: error }, whenItFails))
      .then(() => {
        if (stopped) return
        timer = setTimeout(go, everyMs)
        timer.unref()
      })
  }
  return {
    async start() {
      if (stopped || running !== null) return
      go()
    },
    async stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      await running
    },
  }
}
