/**
 * Whatever works in the background. Stopping before starting and stopping twice are fine; `stop()` resolves when
 * nothing of it runs any more.
 */
export interface Agent {
  start(): Promise<void>
  stop(): Promise<void>
}
