import { readServerFile, type ServerFile, serverFileIn } from '../../app/server-file.ts'
import { hasErrno } from '../../base/index.ts'
import { allSettings } from '../../settings/index.ts'
import { ClientFailure, UsageFailure } from './client-failure.ts'

/** Where a command connects to, and how it came by that. */
export interface FoundServer {
  readonly url: URL
  /** In words, for a message: `given by --server`. */
  readonly from: string
  /** Every place that was looked at, in order, up to the one that decided. */
  readonly trail: readonly Looked[]
  /** File of the certificate that the server of this machine shows; `null` when nothing is known of one. */
  readonly certificateFile: string | null
}

export interface Looked {
  readonly place: string
  readonly found: string
}

const DEFAULT_URL = `http://127.0.0.1:${allSettings.port.default}`

/**
 * Where the server is: `--server`, else `PIXMILL_SERVER`, else the file that a running server keeps in its data folder,
 * else the port that a server takes when it is told nothing. The first that says something decides; whether anybody
 * answers there is for the first request to find out.
 *
 * @throws UsageFailure when what was given is no address of a server
 */
export async function findServer(
  given: { readonly server: string | undefined; readonly dataDir: string },
  environment: NodeJS.ProcessEnv,
): Promise<FoundServer> {
  const trail: Looked[] = []
  const texts = [
    ['--server', given.server],
    ['PIXMILL_SERVER', environment.PIXMILL_SERVER],
  ] as const
  for (const [place, text = ''] of texts) {
    if (text.trim() !== '')
      return found(addressIn(text.trim(), place), `given by ${place}`, [...trail, { place, found: text.trim() }])
    trail.push({ place, found: 'not given' })
  }
  const place = serverFileIn(given.dataDir)
  const kept = await lookIntoFile(given.dataDir)
  trail.push({ place, found: kept.says })
  if (kept.server !== null) {
    const { url, certificateFile } = kept.server
    return { ...found(new URL(url), `told by ${place}`, trail), certificateFile }
  }
  trail.push({ place: 'the default', found: DEFAULT_URL })
  return found(new URL(DEFAULT_URL), 'the default', trail)
}

function found(url: URL, from: string, trail: readonly Looked[]): FoundServer {
  return { url, from, trail, certificateFile: null }
}

function addressIn(text: string, place: string): URL {
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null
  const isBare = url !== null && url.pathname === '/' && url.search + url.hash + url.username + url.password === ''
  if (isBare) return url
  throw new UsageFailure(`${place} is "${text}", expected the address of a server such as ${DEFAULT_URL}.`)
}

/** What the file in the data folder says. A file whose process is gone was left by an unclean end and counts as none. */
async function lookIntoFile(dataDir: string): Promise<{ server: ServerFile | null; says: string }> {
  let server: ServerFile | null
  try {
    server = await readServerFile(dataDir)
  } catch (error) {
    return { server: null, says: `cannot be read: ${(error as Error).message}` }
  }
  if (server === null) return { server, says: 'not there' }
  const says = `${server.url}, process ${server.pid}`
  return isRunning(server.pid)
    ? { server, says }
    : { server: null, says: `${says}, which does not run any more: left by a server that was killed` }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It runs, as somebody else's.
    return hasErrno(error, 'EPERM')
  }
}

/** Nobody answers: where the command looked, in which order, what it found there, and what to do. */
export function notAnswering({ url, trail }: FoundServer, why: string, cause?: unknown): ClientFailure {
  const looked = trail.map(({ place, found }, index) => [
    place,
    index === trail.length - 1 ? `${found}: ${why}` : found,
  ])
  const width = Math.max(...looked.map(([place]) => place!.length))
  const lines = looked.map(([place, found]) => `  ${place!.padEnd(width)}  ${found}`)
  return new ClientFailure(
    'ServerNotFound',
    [
      `No server answers at ${url.origin}. Looked for one, in this order:`,
      ...lines,
      'Start one with "pixmill serve", or say with --server URL or PIXMILL_SERVER where it is.',
    ].join('\n'),
    { cause },
  )
}
