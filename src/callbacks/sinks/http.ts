import { OutboundRequests, type OutboundRequestsOptions, parseTargetUrl } from '../../network/index.ts'
import type { Sink, SinkAnswer } from '../sink.ts'

/** A sink that can be told of a stop before it is closed. */
export interface HttpSink extends Sink {
  /** What waits for a name that hangs waits no longer; everything else goes on. */
  stopLookingUp(): Promise<void>
}

/**
 * Carries events to http(s) receivers with POST. Of an answer, the status, `Retry-After` and the first 1 KiB of the body
 * are looked at; a redirect is an answer like any other and not followed.
 */
export function httpSink(options: OutboundRequestsOptions): HttpSink {
  const requests = new OutboundRequests(options)
  return {
    async send({ url, headers, body }, signal): Promise<SinkAnswer> {
      const target = parseTargetUrl(url)
      if ('problem' in target) {
        const error = `the URL cannot be read: expected ${target.problem}`
        return { address: null, reached: false, status: null, headers: {}, answer: '', error }
      }
      const answer = await requests.send({ method: 'POST', target, headers, body }, signal)
      const retryAfter = answer.headers['retry-after']
      return {
        address: answer.address,
        reached: answer.reached,
        status: answer.status,
        headers: typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {},
        answer: asText(answer.body),
        error: answer.error,
      }
    },
    stopLookingUp: () => requests.stopLookingUp(),
    close: () => requests.close(),
  }
}

/** What is no UTF-8 becomes U+FFFD; NUL goes, because not every database keeps it in a text. */
function asText(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\0', '')
}
