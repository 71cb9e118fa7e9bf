import type { Keys } from '../../src/keys/index.ts'
import { grantOfAll, Requester } from '../../src/keys/index.ts'

/** One key pair that may everything, and no tokens. */
export function onlyKey({ secretId, secretKey }: { secretId: string; secretKey: string }): Keys {
  return {
    findPair: (id) => (id === secretId ? { secretKey, admit: () => new Requester(id, grantOfAll) } : null),
    admitToken: () => {
      throw new Error('there are no tokens')
    },
  }
}
