/** Where the time comes from; handed in, so that tests can say what time it is. UTC milliseconds. */
export interface Clock {
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
