import type { ClientBase } from 'pg'
import { lockKeys } from './lock-keys.ts'

/** `alone`: nobody else, neither alone nor sharing. `sharing`: with others that share. */
export type FolderUse = 'alone' | 'sharing'

/**
 * Says that this server uses the blob folder that goes with this ledger, for as long as the connection lives. `false`
 * when another server does, and not in a way that suffers us.
 */
export async function lockFolder(client: ClientBase, use: FolderUse): Promise<boolean> {
  // A machine that vanishes takes its lock along within half a minute, instead of after the two hours of the system.
  await client.query('set tcp_keepalives_idle = 10')
  await client.query('set tcp_keepalives_interval = 5')
  await client.query('set tcp_keepalives_count = 3')
  const take = use === 'alone' ? 'pg_try_advisory_lock' : 'pg_try_advisory_lock_shared'
  const { rows } = await client.query<{ taken: boolean }>(`select ${take}($1, hashtext(current_schema())) as taken`, [
    lockKeys.blobFolder,
  ])
  return rows[0]!.taken
}

/** Where the others are that use the folder, for a message. */
export async function whoUsesFolder(client: ClientBase): Promise<string> {
  const { rows } = await client.query<{ name: string; address: string | null }>(
    `select application_name as name, host(client_addr) as address
     from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and classid = $1 and objid = hashtext(current_schema())::oid and granted
       and database = (select oid from pg_database where datname = current_database())`,
    [lockKeys.blobFolder],
  )
  return rows.map(({ name, address }) => (address === null ? name : `${name} at ${address}`)).join(', ')
}

/** Ends the connection that held our lock before this one: the database may not have noticed yet that it is gone. */
export async function endFormerSelf(client: ClientBase, name: string): Promise<void> {
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
    [name],
  )
}
