/** How a listener was told to answer, to see what a sender makes of it. */
export interface FailingOptions {
  /** Of all requests, 0 to 1. */
  readonly share: number
  /** What the others are answered, and those that fail. */
  readonly okStatus: number
  readonly failStatus: number
}

/**
 * The statuses to answer with, one after the other. What fails is spread evenly and not left to chance: of ten requests
 * with a share of 0.3 it is three, in the same places every time, so that what is seen once can be seen again.
 */
export function* statuses({ share, okStatus, failStatus }: FailingOptions): Generator<number, never> {
  for (let count = 1; ; count += 1) {
    // A little more than the share: of 0.1 ten times, binary fractions make less than 1.
    const isDue = Math.floor(count * share + 1e-9) > Math.floor((count - 1) * share + 1e-9)
    yield isDue ? failStatus : okStatus
  }
}
