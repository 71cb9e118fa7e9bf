import type { Failure } from '../../base/index.ts'
import type { Answer } from '../answer.ts'
import { failureResponses } from '../failure-responses.ts'

/** What a call of our own is answered when it fails: our code and message, as JSON. */
export async function answerApiFailure(failure: Failure, answer: Answer): Promise<void> {
  const { status } = failureResponses[failure.code].object
  const said = { error: failure.code, message: failure.message, requestId: answer.requestId }
  await answer.text(status, 'application/json', `${JSON.stringify(said)}\n`, { 'cache-control': 'no-store' })
}
