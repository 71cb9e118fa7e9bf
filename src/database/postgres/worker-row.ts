import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { ClientBase } from 'pg'

/** How often a server renews its row. */
export const BEAT_MS = 2_000
/**
 * A server that has not renewed its row for so long is taken for dead: three beats and some time for a slow commit. With
 * the round of the rescuer behind it, its jobs wait again within ten seconds of its death.
 */
export const DEAD_AFTER_MS = 7_000
/** A gap between two beats that says: the database was away, or this server hung. */
const GAP_MS = 2 * BEAT_MS + 1_000

const NOW = 'floor(extract(epoch from clock_timestamp()) * 1000)::int8'

/** Writes a new server down. Gives its name: it is not used again, so that what a dead one claimed is never ours. */
export async function register(client: ClientBase): Promise<string> {
  const id = randomBytes(8).toString('hex')
  await client.query(
    `insert into workers (id, place, started_at, seen_at, steady_since) values ($1, $2, ${NOW}, ${NOW}, ${NOW})`,
    [id, `${hostname()} ${process.pid}`],
  )
  return id
}

/**
 * Says that a server lives. `false` when its row is gone: the others took it for dead.
 *
 * After a gap it is not steady for a while and takes nobody for dead: when the database was away nobody could renew
 * anything, and the first to come back must not bury the rest.
 */
export async function beat(client: ClientBase, id: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `update workers set
       seen_at = ${NOW},
       steady_since = case when seen_at < ${NOW} - ${GAP_MS} then ${NOW} else steady_since end
     where id = $1`,
    [id],
  )
  return rowCount === 1
}

/** A server that stops in order. */
export async function unregister(client: ClientBase, id: string): Promise<void> {
  await client.query('delete from workers where id = $1', [id])
}
