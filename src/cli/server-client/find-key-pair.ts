import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasErrno } from '../../base/index.ts'
import type { KeyPair } from '../../http/authentication/index.ts'
import { ClientFailure } from './client-failure.ts'

/** A key pair, and in words where it comes from. */
export interface FoundKeyPair extends KeyPair {
  readonly from: string
}

const HOW_ELSE =
  'Give PIXMILL_TOKEN, or PIXMILL_SECRET_ID and PIXMILL_SECRET_KEY, or name the data folder of the server with --data-dir or PIXMILL_DATA_DIR.'

/**
 * The key pair of the environment, else the one that the server keeps in its data folder.
 *
 * @throws ClientFailure `KeyPairNotFound`
 */
export async function findKeyPair(dataDir: string, environment: NodeJS.ProcessEnv): Promise<FoundKeyPair> {
  const { PIXMILL_SECRET_ID: secretId = '', PIXMILL_SECRET_KEY: secretKey = '' } = environment
  if (secretId !== '' && secretKey !== '') {
    return { secretId, secretKey, from: 'PIXMILL_SECRET_ID and PIXMILL_SECRET_KEY' }
  }
  if (secretId + secretKey !== '') {
    const [given, missing] = secretId === '' ? ['KEY', 'ID'] : ['ID', 'KEY']
    throw notFound(`PIXMILL_SECRET_${given} is given without PIXMILL_SECRET_${missing}.`)
  }
  const file = join(dataDir, 'credentials.json')
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    const why = hasErrno(error, 'ENOENT') ? 'is not there' : `cannot be read (${(error as NodeJS.ErrnoException).code})`
    throw notFound(`There is no key pair: ${file} ${why}.`)
  }
  const pair = pairIn(text)
  if (pair === null) {
    throw notFound(`There is no key pair in ${file}, expected {"secretId": "…", "secretKey": "…"}.`)
  }
  return { ...pair, from: file }
}

function pairIn(text: string): KeyPair | null {
  try {
    const { secretId, secretKey } = JSON.parse(text) as Partial<KeyPair>
    return typeof secretId === 'string' && typeof secretKey === 'string' ? { secretId, secretKey } : null
  } catch {
    return null
  }
}

function notFound(what: string): ClientFailure {
  return new ClientFailure('KeyPairNotFound', `${what} ${HOW_ELSE}`)
}
