import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Client } from 'pg'
import { Failure, type Log, Signals } from '../../base/index.ts'
import type { WakeChannel } from '../ledger.ts'
import type { OpenLedger } from '../open-ledger.ts'
import { sqlStores } from '../stores.ts'
import { storesByCall } from '../stores-by-call.ts'
import type { WhatFollows } from '../what-follows.ts'
import { lonelyClient, openPool, placeOf } from './connect.ts'
import { DatabaseClock } from './database-clock.ts'
import { postgresFailure } from './failures.ts'
import { endFormerSelf, type FolderUse, lockFolder, whoUsesFolder } from './folder-lock.ts'
import { startHeartbeat } from './heartbeat.ts'
import { migratePostgres } from './migrate.ts'
import { Notifier } from './notifier.ts'
import { StandingConnection } from './standing-connection.ts'
import { PostgresTransactions } from './transactions.ts'

export interface PostgresLedgerOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  /** Connections for port calls at most; one that listens and one that says "this server lives" come on top. */
  readonly connections: number
  /** How this server uses the blob folder that goes with the ledger. */
  readonly folderUse: FolderUse
  /** The compiled program of the thread that says "this server lives"; it calls `servePostgresHeartbeat`. */
  readonly heartbeatProgram: string
  readonly whatFollows: WhatFollows
  readonly log: Log
}

/** For so long a start waits for the lock of a server that has just died. */
const LOCK_PATIENCE_MS = 3_000
/** For so long a server whose connection was lost tries to get its lock back before it gives up its place. */
const LOCK_BACK_MS = 10_000

const CHANNELS: readonly WakeChannel[] = ['jobs', 'ended', 'deliveries', 'batches', 'keys', 'events', 'signing']
const channelName = (channel: WakeChannel): string => `pixmill_${channel}`

/**
 * Opens the ledger in a PostgreSQL database: brings its tables up to date, takes the lock that goes with the blob folder,
 * and starts saying that this server lives. Fails when the database cannot be reached or is newer than the program, and
 * when another server uses the folder.
 */
export async function openPostgresLedger(options: PostgresLedgerOptions): Promise<OpenLedger> {
  const { url, connections, folderUse, heartbeatProgram, whatFollows, log } = options
  const place = placeOf(url)
  /** How the database shows our connections; names this one start of a server. */
  const name = `pixmill ${hostname().slice(0, 30)} ${process.pid} ${randomBytes(4).toString('hex')}`
  const wakes = new Signals<WakeChannel>()
  const takenForDead = new Signals<'taken for dead'>()
  const clock = new DatabaseClock()
  let tellBroken: (failure: Failure) => void
  const broken = new Promise<Failure>((resolve) => {
    tellBroken = resolve
  })

  const pool = openPool(url, name, connections, log)
  const listening = new StandingConnection({
    makeClient: (onLost) => lonelyClient(url, `${name} listens`, onLost),
    onOpen: (client) => listen(client),
    onNotification: (channel, sender) => {
      const known = CHANNELS.find((one) => channelName(one) === channel)
      if (known !== undefined && sender !== name) wakes.announce(known)
    },
    log,
  })
  const notifier = new Notifier((channel) => {
    pool.query('select pg_notify($1, $2)', [channelName(channel), name]).catch((error: unknown) => {
      log.debug({ err: error }, 'a wake did not go out; the others find the work when they look next')
    })
  })

  let isFirst = true
  let lostAt = 0
  async function listen(client: Client): Promise<boolean> {
    if (!isFirst) {
      lostAt ||= performance.now()
      await endFormerSelf(client, `${name} listens`)
    }
    if (!(await lockFolder(client, folderUse))) {
      if (!isFirst && performance.now() - lostAt > LOCK_BACK_MS) {
        tellBroken(new Failure('StorageUnavailable', await refusal(client, place)))
      }
      return false
    }
    for (const channel of CHANNELS) await client.query(`listen ${channelName(channel)}`)
    // Whatever was told while nobody listened.
    if (!isFirst) for (const channel of CHANNELS) wakes.announce(channel)
    isFirst = false
    lostAt = 0
    return true
  }

  const stops: (() => Promise<unknown>)[] = [() => pool.end()]
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    await prepare(url, name, place, listening)
    stops.push(() => listening.close())
    const heartbeat = await startHeartbeat({
      program: heartbeatProgram,
      url,
      name: `${name} lives`,
      onTakenForDead: () => takenForDead.announce('taken for dead'),
      onBroken: (failure) => tellBroken(failure),
      log,
    })
    stops.push(() => heartbeat.stop())
    // Alone: whoever else is written down is not there any more, and what it was doing waits for nobody.
    if (folderUse === 'alone') await pool.query('delete from workers where id <> $1', [heartbeat.workerId()])

    const transactions = new PostgresTransactions({
      pool,
      makeStores: (ledger) => sqlStores(ledger, whatFollows),
      workerId: heartbeat.workerId,
      onWakes: (channels) => {
        for (const channel of channels) {
          wakes.announce(channel)
          notifier.tell(channel)
        }
      },
      onTime: (...times) => clock.measure(...times),
    })
    log.info({ database: place }, 'the ledger is in PostgreSQL')

    let closing: Promise<void> | null = null
    const inWork = new Set<Promise<unknown>>()
    return {
      stores: storesByCall((call) => {
        if (closing !== null) return Promise.reject(new Failure('ServerStopping', 'The ledger is closed.'))
        const work = transactions.call(call)
        inWork.add(work)
        const done = (): void => {
          inWork.delete(work)
        }
        work.then(done, done)
        return work
      }),
      wakes,
      clock,
      hasSiblings: folderUse === 'sharing',
      underWay: new Signals(),
      handOverTo: () => undefined,
      takenForDead,
      isUp: () => listening.isOpen,
      broken,
      copyTo: null,
      close() {
        closing ??= (async () => {
          await Promise.allSettled(inWork)
          notifier.close()
          await stopAll()
        })()
        return closing
      },
    }
  } catch (error) {
    await stopAll()
    const failure = postgresFailure(error)
    if (failure.code !== 'StorageUnavailable' && failure.code !== 'InternalError') throw failure
    throw new Failure(failure.code, `The ledger at ${place} cannot be opened.`, { cause: failure.cause ?? failure })
  }
}

/** Lock first, tables second: a server that is refused has changed nothing. */
async function prepare(url: string, name: string, place: string, listening: StandingConnection): Promise<void> {
  const client = lonelyClient(url, `${name} starts`, () => undefined)
  await client.connect()
  try {
    const { rows } = await client.query<{ version: number; encoding: string }>(
      `select current_setting('server_version_num')::integer as version, current_setting('server_encoding') as encoding`,
    )
    const { version, encoding } = rows[0]!
    if (version < OLDEST_VERSION) {
      throw new Failure('InvalidArgument', `PostgreSQL at ${place} is ${version}, expected 13 or newer.`)
    }
    if (encoding !== 'UTF8') {
      throw new Failure('InvalidArgument', `The database at ${place} has the encoding ${encoding}, expected UTF8.`)
    }
    const begunAt = performance.now()
    while (!(await listening.open())) {
      if (performance.now() - begunAt > LOCK_PATIENCE_MS) {
        throw new Failure('InvalidArgument', await refusal(client, place))
      }
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    await migratePostgres(client, place)
  } finally {
    await client.end()
  }
}

/** `server_version_num` of PostgreSQL 13. */
const OLDEST_VERSION = 130_000

async function refusal(client: Client, place: string): Promise<string> {
  const others = await whoUsesFolder(client)
  return `Another Pixmill server is using the ledger at ${place} (${others}). With blobs in a folder one server works on a ledger.`
}
