import { type buildConnector, Client } from 'undici'

/** A connection to one origin, for one request at a time. */
export interface Connection {
  readonly origin: string
  readonly client: Client
  /** The address that was dialled last; `null` before there was one. */
  address: string | null
  /** Whether it ever stood, TLS included. */
  connected: boolean
  /** Whether a request has been answered on it before. */
  used: boolean
}

export interface ConnectionsOptions {
  readonly connectors: (dialled: (address: string | null) => void) => buildConnector.connector
  /** Connections without work that are kept, to one origin and in all. Default 8 and 256. */
  readonly maxIdlePerOrigin?: number
  readonly maxIdle?: number
}

/**
 * Keep-alive connections. One undici client for each connection and not one pool for each origin: so every request
 * knows which address it was sent to, and a broken receiver costs nothing but the connection it broke. How many are in
 * use at once is the caller's limit; how many are kept is ours.
 */
export class Connections {
  readonly #connectors: ConnectionsOptions['connectors']
  readonly #maxIdlePerOrigin: number
  readonly #maxIdle: number
  readonly #open = new Set<Connection>()
  /** By origin, the one used last at the end. */
  readonly #idle = new Map<string, Connection[]>()
  #idleCount = 0

  constructor({ connectors, maxIdlePerOrigin = 8, maxIdle = 256 }: ConnectionsOptions) {
    this.#connectors = connectors
    this.#maxIdlePerOrigin = maxIdlePerOrigin
    this.#maxIdle = maxIdle
  }

  /** An idle connection, or a new one that connects with its first request. */
  take(origin: string, { fresh = false } = {}): Connection {
    const kept = fresh ? undefined : this.#idle.get(origin)?.at(-1)
    if (kept !== undefined) {
      this.#noLongerIdle(kept)
      return kept
    }
    const client = new Client(origin, {
      connect: this.#connectors((address) => {
        connection.address = address
      }),
      pipelining: 1,
      // The caller bounds the whole request by a time of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      // Shorter than what the usual servers keep (Node and uvicorn 5 s); those that say how long are believed.
      keepAliveTimeout: 4_000,
      keepAliveMaxTimeout: 30_000,
    })
    const connection: Connection = { origin, client, address: null, connected: false, used: false }
    this.#open.add(connection)
    client.on('connect', () => {
      connection.connected = true
    })
    client.on('disconnect', () => {
      if (this.#noLongerIdle(connection)) this.drop(connection)
    })
    return connection
  }

  /** After a complete answer: keeps the connection for the next request, unless enough are kept. */
  giveBack(connection: Connection): void {
    const { origin, client } = connection
    const siblings = this.#idle.get(origin) ?? []
    if (client.destroyed || siblings.length >= this.#maxIdlePerOrigin || this.#idleCount >= this.#maxIdle) {
      this.drop(connection)
      return
    }
    connection.used = true
    this.#idle.set(origin, [...siblings, connection])
    this.#idleCount += 1
  }

  /** Ends a connection, and what is under way on it. */
  drop(connection: Connection, reason: Error | null = null): void {
    this.#open.delete(connection)
    connection.client.destroy(reason).catch(() => undefined)
  }

  async close(): Promise<void> {
    this.#idle.clear()
    this.#idleCount = 0
    await Promise.all([...this.#open].map(({ client }) => client.destroy()))
    this.#open.clear()
  }

  #noLongerIdle(connection: Connection): boolean {
    const siblings = this.#idle.get(connection.origin)
    if (siblings === undefined || !siblings.includes(connection)) return false
    const others = siblings.filter((other) => other !== connection)
    if (others.length === 0) this.#idle.delete(connection.origin)
    else this.#idle.set(connection.origin, others)
    this.#idleCount -= 1
    return true
  }
}
