import { fork } from 'node:child_process'
import { once } from 'node:events'

/**
 * Starts the receiver; `all(count)` resolves with the time of each job's callback once that many have come; with
 * `WorkflowFinish`, of each run's. Whoever posts to `/hangs` never gets an answer.
 */
export async function startReceiver({ host = '127.0.0.1' } = {}) {
  const child = fork(new URL('./receiver.mjs', import.meta.url), [host])
  const [{ port }] = await once(child, 'message')
  return {
    url: `http://127.0.0.1:${port}/`,
    async all(count, event = 'TaskFinish') {
      child.send({ is: 'expect', count, event })
      const [{ at, cpuMs }] = await once(child, 'message')
      return { at: new Map(at), cpuMs }
    },
    stop: () => child.disconnect(),
  }
}
