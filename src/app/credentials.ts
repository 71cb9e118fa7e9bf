import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Failure, hasErrno } from '../base/index.ts'
import { keepFile } from './keep-file.ts'

/** The key pair that requests are signed with. */
export interface Credentials {
  readonly secretId: string
  readonly secretKey: string
}

/**
 * The pair of the settings, else the one kept in the data folder, else a new one that is kept there (mode 0600).
 * `isNew` says that somebody should be told.
 */
export async function findCredentials(
  file: string,
  given: { readonly secretId: string | null; readonly secretKey: string | null },
): Promise<Credentials & { isNew: boolean }> {
  if ((given.secretId === null) !== (given.secretKey === null)) {
    const [present, absent] =
      given.secretId === null
        ? ['PIXMILL_SECRET_KEY', 'PIXMILL_SECRET_ID']
        : ['PIXMILL_SECRET_ID', 'PIXMILL_SECRET_KEY']
    throw new Failure('InvalidArgument', `${present} is given without ${absent}; give both or none.`)
  }
  if (given.secretId !== null && given.secretKey !== null) {
    return { secretId: given.secretId, secretKey: given.secretKey, isNew: false }
  }
  const kept = await readKept(file)
  if (kept !== null) return { ...kept, isNew: false }
  const made: Credentials = {
    secretId: `AKID${randomBytes(16).toString('hex')}`,
    secretKey: randomBytes(20).toString('hex'),
  }
  await keepFile(file, `${JSON.stringify(made, null, 2)}\n`)
  return { ...made, isNew: true }
}

async function readKept(file: string): Promise<Credentials | null> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null
    throw error
  }
  try {
    const { secretId, secretKey } = JSON.parse(text) as Partial<Credentials>
    if (typeof secretId === 'string' && typeof secretKey === 'string') return { secretId, secretKey }
  } catch {
    // Told below, as for any other content.
  }
  throw new Failure('InvalidArgument', `${file} holds no key pair, expected {"secretId": "…", "secretKey": "…"}.`)
}
