import type { KeyPair } from '../../http/authentication/index.ts'
import { readBearerToken } from '../../keys/index.ts'
import { UsageFailure } from './client-failure.ts'
import { findKeyPair } from './find-key-pair.ts'

/** A bearer token, and in words where it comes from. */
export interface FoundToken {
  readonly token: string
  /** Its public half, for messages. */
  readonly id: string
  readonly from: string
}

/** What a command proves with who it is. */
export type Credential = FoundToken | (KeyPair & { readonly from?: string })

/**
 * The token of `--token`, else that of `PIXMILL_TOKEN`, else the key pair of the environment, else the one that the server
 * keeps in its data folder. A token goes before a pair: that variable is there for commands alone, while the pair may be in
 * the environment for a server.
 *
 * @throws UsageFailure for what is no token; ClientFailure `KeyPairNotFound`
 */
export async function findCredential(
  given: { readonly token: string | undefined; readonly dataDir: string },
  environment: NodeJS.ProcessEnv,
): Promise<Credential> {
  if (given.token !== undefined) return tokenIn(given.token, '--token')
  const token = environment.PIXMILL_TOKEN?.trim() ?? ''
  return token === '' ? findKeyPair(given.dataDir, environment) : tokenIn(token, 'PIXMILL_TOKEN')
}

/** The text is not repeated in a refusal: it may be a secret of something else. */
function tokenIn(text: string, from: string): FoundToken {
  const token = text.trim()
  const read = readBearerToken(token)
  if (read !== null) return { token, id: read.id, from }
  throw new UsageFailure(
    `${from} is no token of a Pixmill server, expected pixmill_ with 16 and 43 characters behind it; "pixmill tokens create" makes one.`,
  )
}
