import { totalmem } from 'node:os'

/** The memory this process may count on, in bytes: the machine's, or the limit of its container where that is lower. */
export function memoryInForce(): number {
  const limit = process.constrainedMemory()
  // Without a limit the system answers 0 or a number beyond anything real.
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem()
}
