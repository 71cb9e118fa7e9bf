import { type Clock, type Failure, type Log, newRequestId } from '../base/index.ts'
import { contentTypeOf, errorDocument, writeDocument } from '../wire/index.ts'
import type { Surface } from './addressing.ts'
import type { Answer } from './answer.ts'
import type { AnswerHeaders } from './exchange.ts'
import { type FailureResponse, failureResponses } from './failure-responses.ts'

/** Without it the line is valid too, but the original writes it and hand-made parsers look for it. */
const DECLARATION = "<?xml version='1.0' encoding='utf-8' ?>\n"

export interface FailedRequest {
  readonly method: string
  readonly surface: Surface
  /** Host and path, or as much of them as could be read: what `Error/Resource` shows. */
  readonly resource: string
}

/** What a failure is on a surface. */
export function responseTo(failure: Failure, surface: Surface): FailureResponse {
  // An Authorization of another kind (Basic, AWS) is a wrong argument on object hosts; a broken one of ours is a refusal.
  if (failure.code === 'InvalidAuthorization' && surface === 'object' && failure.details.field === 'Authorization') {
    return { status: 400, code: 'InvalidArgument' }
  }
  return failureResponses[failure.code][surface]
}

/** Answers with the error document of a failure, and logs what a stranger does not see. */
export async function answerFailure(
  failure: Failure,
  request: FailedRequest,
  answer: Answer,
  { clock, log }: { clock: Clock; log: Log },
): Promise<void> {
  const response = responseTo(failure, request.surface)
  const facts = { requestId: answer.requestId, method: request.method, resource: request.resource, code: failure.code }
  logFailure(failure, response.status, facts, log)
  if (answer.isBegun) return
  await answerError(response, failure, request, answer, clock)
}

/** What is ours to look into is told loudly; what a client did wrong only to who asks for it. */
export function logFailure(failure: Failure, status: number, facts: Readonly<Record<string, unknown>>, log: Log): void {
  if (status === 500) log.error({ ...facts, err: failure.cause ?? failure }, 'a request failed unexpectedly')
  else if (status > 500 && status !== 501) {
    log.warn({ ...facts, err: failure.cause ?? failure.message }, 'a request could not be served')
  } else log.debug({ ...facts, status, message: failure.message }, 'a request was refused')
}

/** Answers with an error document. Without a body for HEAD, where a client only sees the status. */
export async function answerError(
  response: FailureResponse,
  failure: Pick<Failure, 'message' | 'details'> & { readonly code?: string },
  request: FailedRequest,
  answer: Answer,
  clock: Clock,
): Promise<void> {
  const nowMs = clock.now()
  const traceId = newRequestId(nowMs)
  const headers: AnswerHeaders = {
    'x-cos-trace-id': traceId,
    'x-ci-trace-id': traceId,
    'retry-after': response.code === 'SlowDown' ? '1' : undefined,
    allow: failure.details.allow === undefined ? undefined : String(failure.details.allow),
    'x-errno': failure.details.errNo === undefined ? undefined : String(failure.details.errNo),
    'content-range': failure.code === 'RangeInvalid' ? `bytes */${failure.details.size}` : undefined,
  }
  if (request.method === 'HEAD') return answer.empty(response.status, headers)
  const { stringToSign, formatString, serverTimeMs } = failure.details
  const document = errorDocument({
    code: response.code,
    message: failure.message,
    resource: request.resource,
    requestId: answer.requestId,
    traceId,
    stringToSign: stringToSign === undefined ? undefined : String(stringToSign),
    formatString: formatString === undefined ? undefined : String(formatString),
    serverTimeMs: serverTimeMs === undefined ? timeFor(failure, request, nowMs) : Number(serverTimeMs),
  })
  await answer.text(response.status, contentTypeOf.XML, DECLARATION + writeDocument(document, 'XML'), headers)
}

/** Who comes to the list of buckets without a signature is told what time it is, as the original does. */
function timeFor({ code }: { readonly code?: string }, { surface }: FailedRequest, nowMs: number): number | undefined {
  return code === 'MissingAuthorization' && surface === 'object' ? nowMs : undefined
}
