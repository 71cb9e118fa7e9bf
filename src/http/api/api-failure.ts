import type { Failure, FailureCode } from '../../base/index.ts'
import type { Answer } from '../answer.ts'
import { type FailureResponse, failureResponses } from '../failure-responses.ts'

/** Where the words of the processing service say it better than those of the object service, which speak of XML and of 501. */
const AS_THE_SERVICE_SAYS: ReadonlySet<FailureCode> = new Set([
  'MissingContent',
  'InvalidContent',
  'MissingAuthorization',
  'InvalidAuthorization',
  'UnknownKey',
  'NotOffered',
  'OperationNotOffered',
])

/** What a failure is at the JSON door: a status, and the protocol's word. */
export function apiResponseTo({ code }: Pick<Failure, 'code'>): FailureResponse {
  return failureResponses[code][AS_THE_SERVICE_SAYS.has(code) ? 'ci' : 'object']
}

/** What a call of our own is answered when it fails: the protocol's code and our message, as JSON. */
export async function answerApiFailure(failure: Failure, method: string, answer: Answer): Promise<void> {
  const { status, code } = apiResponseTo(failure)
  const { field, allow } = failure.details
  const headers = {
    'cache-control': 'no-store',
    'retry-after': code === 'SlowDown' ? '1' : undefined,
    allow: allow === undefined ? undefined : String(allow),
  }
  if (method === 'HEAD') return answer.empty(status, headers)
  const said = { error: code, message: failure.message, requestId: answer.requestId, ...(field && { field }) }
  await answer.text(status, 'application/json', `${JSON.stringify(said)}\n`, headers)
}
