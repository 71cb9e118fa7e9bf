import { parentPort, workerData } from 'node:worker_threads'
import type { Client } from 'pg'
import { lonelyClient } from './connect.ts'
import type { FromHeartbeat, HeartbeatData, ToHeartbeat } from './heartbeat.ts'
import { BEAT_MS, beat, register, unregister } from './worker-row.ts'

/** Shorter than a beat: a connection that does not answer is replaced before the next one is due. */
const TIMES = { connectMs: BEAT_MS - 500, statementMs: BEAT_MS - 500 }

/**
 * The life of the thread that says "this server lives": it has a connection of its own and does nothing else, so that
 * neither a busy event loop nor a pool with every connection taken makes a living server look dead.
 */
export async function servePostgresHeartbeat(): Promise<void> {
  const port = parentPort!
  const { url, name } = workerData as HeartbeatData
  const say = (message: FromHeartbeat): void => port.postMessage(message)
  let client: Client | null = null
  let workerId: string | null = null
  let closing = false
  let wakeUp: () => void = () => undefined

  port.on('message', (_message: ToHeartbeat) => {
    closing = true
    wakeUp()
  })
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
      if (closing) wakeUp()
    })
  const connected = async (): Promise<Client> => {
    if (client !== null) return client
    const made = lonelyClient(
      url,
      name,
      () => {
        if (client === made) client = null
      },
      TIMES,
    )
    try {
      await made.connect()
    } catch (error) {
      made.end().catch(() => undefined)
      throw error
    }
    client = made
    return made
  }

  while (!closing) {
    const begunAt = performance.now()
    try {
      const connection = await connected()
      if (workerId === null || !(await beat(connection, workerId))) {
        workerId = await register(connection)
        say({ is: 'registered', workerId })
      }
    } catch (error) {
      say({ is: 'trouble', says: error instanceof Error ? error.message : String(error) })
      const failed = client as Client | null
      client = null
      failed?.end().catch(() => undefined)
    }
    // After trouble sooner: the next beat is what keeps this server alive.
    await wait(Math.max((client === null ? BEAT_MS / 4 : BEAT_MS) - (performance.now() - begunAt), 0))
  }
  try {
    if (workerId !== null) await unregister(await connected(), workerId)
    await (client as Client | null)?.end()
  } catch {
    // It is buried by the others, or by the next start.
  }
  say({ is: 'closed' })
  port.close()
}
