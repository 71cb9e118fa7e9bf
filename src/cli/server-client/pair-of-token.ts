import type { KeyPair } from '../../http/authentication/index.ts'
import { ClientFailure } from './client-failure.ts'

/** A key pair that ends by itself, with what goes along with every request it signs. */
export interface TemporaryPair extends KeyPair {
  readonly securityToken: string
}

/** How long one is good. It is made anew after half of that, whatever the clocks say: what is under way ends in time. */
const SECONDS = 3_600

/**
 * Tokens open the JSON door only. What a command asks at the doors of the protocol is signed with a temporary key pair that
 * is made with the token, and may no more than it.
 *
 * @param ask asks the JSON door for one that is good for so many seconds
 */
export function pairOfToken(ask: (seconds: number) => Promise<unknown>): () => Promise<TemporaryPair> {
  let pair: Promise<TemporaryPair> | null = null
  let makeAnewAt = 0
  return async () => {
    if (pair !== null && performance.now() < makeAnewAt) return pair
    makeAnewAt = performance.now() + (SECONDS / 2) * 1_000
    pair = ask(SECONDS).then(readPair)
    // Whoever asks next tries again.
    pair.catch(() => {
      pair = null
    })
    return pair
  }
}

function readPair(told: unknown): TemporaryPair {
  const { secretId, secretKey, securityToken } = (told ?? {}) as Partial<TemporaryPair>
  if (typeof secretId === 'string' && typeof secretKey === 'string' && typeof securityToken === 'string') {
    return { secretId, secretKey, securityToken }
  }
  throw new ClientFailure('NotPixmill', 'The answer of the server to POST /-/api/temporary-keys holds no key pair.')
}
