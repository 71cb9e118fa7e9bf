import { type LookupAddress, lookup } from 'node:dns'

/** All addresses of a name, in the order in which they should be tried. */
export type LookUpName = (name: string) => Promise<readonly LookupAddress[]>

/**
 * Look-ups on their way at once. Node asks the system's resolver from its pool of four threads, the same that read and
 * write files: a name server that hangs must not stop those.
 */
const MAX_LOOKUPS = 2

/**
 * The system's own look-up (hosts file, search domains, as a container or a Kubernetes pod needs it), joined and
 * bounded. Nothing is remembered: how long an answer is good is not told here.
 */
export function systemLookup(): LookUpName {
  return boundedLookup(
    (name) =>
      new Promise((resolve, reject) => {
        lookup(name, { all: true, verbatim: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
      }),
    MAX_LOOKUPS,
  )
}

/** Asks once for whoever wants the same name at the same time, and at most so many names at once. */
export function boundedLookup(ask: LookUpName, maxAtOnce: number): LookUpName {
  const underWay = new Map<string, Promise<readonly LookupAddress[]>>()
  const waiting: (() => void)[] = []
  let running = 0

  const inTurn = async (name: string): Promise<readonly LookupAddress[]> => {
    if (running >= maxAtOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await ask(name)
    } finally {
      // The turn is handed on, or given up when nobody waits.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }

  return (name) => {
    let answer = underWay.get(name)
    if (answer === undefined) {
      answer = inTurn(name).finally(() => underWay.delete(name))
      underWay.set(name, answer)
    }
    return answer
  }
}
