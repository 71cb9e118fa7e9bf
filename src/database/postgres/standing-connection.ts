import type { Client } from 'pg'
import type { Log } from '../../base/index.ts'

export interface StandingConnectionOptions {
  /** Makes a client that is not open yet and tells once when it is lost. */
  readonly makeClient: (onLost: (error: Error) => void) => Client
  /** What has to be done on every new connection, the first included. `false`: not now, try again. */
  readonly onOpen: (client: Client) => Promise<boolean>
  readonly onNotification: (channel: string, payload: string) => void
  readonly log: Log
}

/** Waits between attempts to connect again; the last one repeats. */
const AGAIN_MS = [50, 200, 500, 1_000, 2_000] as const
/** How often it is asked whether it still lives: a connection that only listens would never notice. */
const ASK_MS = 5_000

/**
 * A connection that stays: for notifications, and for locks that live as long as it does. When it is lost it is opened
 * again, for as long as it takes.
 */
export class StandingConnection {
  readonly #options: StandingConnectionOptions
  #client: Client | null = null
  #closed = false
  #timer: NodeJS.Timeout | null = null

  constructor(options: StandingConnectionOptions) {
    this.#options = options
  }

  get isOpen(): boolean {
    return this.#client !== null
  }

  /** The first connection; `false` when `onOpen` says so. Rejects when it cannot be made. */
  async open(): Promise<boolean> {
    const isOpen = await this.#connect(0)
    if (isOpen) this.#askNowAndThen()
    return isOpen
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    const client = this.#client
    this.#client = null
    await client?.end().catch(() => undefined)
  }

  async #connect(attempt: number): Promise<boolean> {
    const { makeClient, onOpen, onNotification, log } = this.#options
    const client: Client = makeClient((error) => this.#lost(client, error))
    client.on('notification', ({ channel, payload }) => onNotification(channel, payload ?? ''))
    try {
      await client.connect()
      if (!(await onOpen(client))) {
        await client.end()
        return false
      }
    } catch (error) {
      client.end().catch(() => undefined)
      throw error
    }
    if (this.#closed) await client.end()
    else this.#client = client
    if (attempt > 0) log.info({}, 'the database is listened to again')
    return true
  }

  #lost(client: Client, error: unknown): void {
    if (this.#client !== client) return
    this.#client = null
    client.end().catch(() => undefined)
    if (this.#closed) return
    this.#options.log.warn({ err: error }, 'the connection that listens to the database was lost; opening it again')
    this.#again(0)
  }

  #again(attempt: number): void {
    if (this.#closed) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    const waitMs = AGAIN_MS[Math.min(attempt, AGAIN_MS.length - 1)]!
    this.#timer = setTimeout(() => {
      this.#connect(attempt + 1).then(
        (isOpen) => (isOpen ? this.#askNowAndThen() : this.#again(attempt + 1)),
        (error: unknown) => {
          this.#options.log.debug({ err: error }, 'the database cannot be listened to yet')
          this.#again(attempt + 1)
        },
      )
    }, waitMs)
    this.#timer.unref()
  }

  #askNowAndThen(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      const client = this.#client
      if (client === null) return
      client.query('select 1').then(
        () => this.#askNowAndThen(),
        (error: unknown) => this.#lost(client, error),
      )
    }, ASK_MS)
    this.#timer.unref()
  }
}
