import { createHash } from 'node:crypto'
import { Failure } from '../base/index.ts'
import type { Submission } from '../jobs/index.ts'
import { said } from '../wire/index.ts'
import type { Exchange } from './exchange.ts'

const MAX_KEY_CHARACTERS = 255

/**
 * By what a submit is known when it is sent again: who asks, the bucket, the body, and the `Idempotency-Key` if there is
 * one. A repeat is a request with such a key, or one that an SDK has marked as its second attempt.
 *
 * @throws Failure `InvalidArgument` for a key that is too long
 */
export function submissionOf(
  { requester, headers }: Pick<Exchange, 'requester' | 'headers'>,
  bucket: string,
  body: string | Uint8Array,
): Submission {
  const key = String(headers['idempotency-key'] ?? '')
  if (key.length > MAX_KEY_CHARACTERS) {
    throw new Failure(
      'InvalidArgument',
      `Idempotency-Key is ${said(key)} with ${key.length} characters, expected at most ${MAX_KEY_CHARACTERS}.`,
    )
  }
  const isRetry = String(headers['x-cos-sdk-retry'] ?? '').toLowerCase() === 'true'
  // As JSON, so that no part can be taken for the end of one and the beginning of the next.
  const who = JSON.stringify([requester.id, bucket, key])
  const fingerprint = createHash('sha256').update(who).update('\n').update(body).digest('hex').slice(0, 32)
  return { fingerprint, mayBeRepeat: isRetry || key !== '' }
}
