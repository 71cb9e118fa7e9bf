import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure, hasErrno } from '../../base/index.ts'
import type { KeyPair } from '../../http/authentication/index.ts'

/** Where a command looks for the server, and how it came by that. */
export interface FoundServer {
  readonly url: URL
  /** In words, for a message: `--server`, `PIXMILL_SERVER`, or the default. */
  readonly from: string
}

const DEFAULT_SERVER = 'http://127.0.0.1:9000'

export function findServer(flag: string | undefined, environment: NodeJS.ProcessEnv): FoundServer {
  const [text, from] =
    flag !== undefined
      ? [flag, 'given by --server']
      : environment.PIXMILL_SERVER
        ? [environment.PIXMILL_SERVER, 'given by PIXMILL_SERVER']
        : [DEFAULT_SERVER, 'the default; --server or PIXMILL_SERVER name another']
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw new Failure('InvalidArgument', `The server is "${text}" (${from}), expected a URL such as ${DEFAULT_SERVER}.`)
  }
  return { url: new URL(text), from }
}

/** The key pair of the environment, else the one that the server keeps in its data folder. */
export async function findKeyPair(dataDir: string, environment: NodeJS.ProcessEnv): Promise<KeyPair> {
  const { PIXMILL_SECRET_ID: secretId, PIXMILL_SECRET_KEY: secretKey } = environment
  if (secretId && secretKey) return { secretId, secretKey }
  const file = join(dataDir, 'credentials.json')
  const howElse = 'Give PIXMILL_SECRET_ID and PIXMILL_SECRET_KEY, or the data folder of the server by --data-dir.'
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const why = hasErrno(error, 'ENOENT') ? 'is not there' : `cannot be read (${(error as NodeJS.ErrnoException).code})`
    throw new Failure('InvalidArgument', `There is no key pair: ${file} ${why}. ${howElse}`)
  }
  const pair = JSON.parse(text) as Partial<KeyPair>
  if (pair.secretId && pair.secretKey) return { secretId: pair.secretId, secretKey: pair.secretKey }
  throw new Failure('InvalidArgument', `There is no key pair in ${file}. ${howElse}`)
}
