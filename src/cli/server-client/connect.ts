import type { Command } from 'commander'
import type { KeyPair } from '../../http/authentication/index.ts'
import { allSettings } from '../../settings/index.ts'
import type { BucketClient } from './bucket-client.ts'
import { chooseBucket } from './choose-bucket.ts'
import { findCredential } from './find-credential.ts'
import { findServer } from './find-server.ts'
import { ServerClient } from './server-client.ts'
import { trustIn } from './trust.ts'

/** What every command that speaks to a server can be told. */
export interface ServerOptions {
  readonly server?: string
  readonly serverCa?: string
  readonly dataDir?: string
  readonly token?: string
  readonly bucket?: string
  readonly json?: true
}

/** A word on the command line is shown to every user of a machine who looks at its processes. */
export const TOKEN_SAYS =
  'a token of the server, in the place of a key pair; better kept from other users of this machine in [PIXMILL_TOKEN]'

export function addServerOptions(command: Command): Command {
  return command
    .option(
      '--server <url>',
      `where the server listens [PIXMILL_SERVER] (default: what the server of the data folder says of itself, else http://127.0.0.1:${allSettings.port.default})`,
    )
    .option(
      '--server-ca <file>',
      'certificates (PEM) to trust, beside those everybody trusts, when the server speaks TLS [PIXMILL_SERVER_CA]',
    )
    .option(
      '--data-dir <folder>',
      `data folder of the server, where its address and its key pair are found [PIXMILL_DATA_DIR] (default: ${allSettings.dataDir.default})`,
    )
    .option('--token <token>', TOKEN_SAYS)
    .option('--json', 'say the outcome as JSON')
}

export function addBucketOptions(command: Command): Command {
  return addServerOptions(command).option('--bucket <name>', 'which bucket (default: the only one there is)')
}

/** The data folder that a command is about. */
export function dataDirOf({ dataDir }: ServerOptions): string {
  return dataDir ?? (process.env.PIXMILL_DATA_DIR || allSettings.dataDir.default)
}

/** @param signal ends whatever is under way */
export async function connect(options: ServerOptions, signal?: AbortSignal): Promise<ServerClient> {
  const dataDir = dataDirOf(options)
  const server = await findServer({ server: options.server, dataDir }, process.env)
  const credential = await findCredential({ token: options.token, dataDir }, process.env)
  const trust = await trustIn(server, options.serverCa ?? process.env.PIXMILL_SERVER_CA)
  return new ServerClient({ server, credential, trust, ...(signal === undefined ? {} : { signal }) })
}

/** To a server that is known. */
export function connectTo(url: string, key: KeyPair, signal: AbortSignal): ServerClient {
  const server = {
    url: new URL(url),
    from: 'started by this command',
    trail: [{ place: 'this command', found: url }],
    certificateFile: null,
  }
  return new ServerClient({ server, credential: key, signal })
}

export async function connectToBucket(options: ServerOptions, signal?: AbortSignal): Promise<BucketClient> {
  return chooseBucket(await connect(options, signal), options.bucket)
}
