import { setTimeout as wait } from 'node:timers/promises'
import { ClientFailure } from './server-client/index.ts'

export interface Watched<Value> {
  readonly read: () => Promise<Value>
  /** @param trouble why nothing newer is known; `null` when it is as new as can be */
  readonly show: (value: Value, trouble: string | null) => void
  readonly hasEnded: (value: Value) => boolean
  readonly everyMs: number
  /** Default `everyMs`: how long to wait after a question that was not answered. */
  readonly everyMsInTrouble?: number
  /** What whoever presses Ctrl-C is told: that it goes on, and how it is ended. */
  readonly interrupted: string
}

/** A server that is started again, or is busy, is waited for that long. */
const PATIENCE_MS = 60_000
const WORTH_WAITING: ReadonlySet<string> = new Set(['ServerNotFound', 'ServiceUnavailable', 'SlowDown'])

/** Shows something until it has ended, and gives what it was at the end. Only the first look must find the server. */
export async function watch<Value>({
  read,
  show,
  hasEnded,
  everyMs,
  everyMsInTrouble = everyMs,
  interrupted,
}: Watched<Value>): Promise<Value> {
  const onInterrupt = (): void => {
    process.stderr.write(`\n${interrupted}\n`)
    process.exit(130)
  }
  process.once('SIGINT', onInterrupt)
  try {
    let value = await read()
    let answeredAt = performance.now()
    show(value, null)
    let isTroubled = false
    while (!hasEnded(value)) {
      await wait(isTroubled ? everyMsInTrouble : everyMs)
      try {
        value = await read()
        answeredAt = performance.now()
        isTroubled = false
        show(value, null)
      } catch (error) {
        const isPassing = error instanceof ClientFailure && WORTH_WAITING.has(error.code)
        if (!isPassing || performance.now() - answeredAt > PATIENCE_MS) throw error
        isTroubled = true
        show(value, `The server does not answer; it is asked again for ${PATIENCE_MS / 1000} s.`)
      }
    }
    return value
  } finally {
    process.off('SIGINT', onInterrupt)
  }
}
