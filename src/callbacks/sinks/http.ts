import { OutboundRequests, type OutboundRequestsOptions, parseTargetUrl } from '../../network/index.ts'
import type { Message, Sink, SinkAnswer } from '../sink.ts'

/** Carries events to http(s) receivers. Status, `Retry-After` and the first 1 KiB of an answer are what is looked at. */
export class HttpSink implements Sink {
  readonly #requests: OutboundRequests

  constructor(options: OutboundRequestsOptions) {
    this.#requests = new OutboundRequests(options)
  }

  async send({ url, headers, body }: Message, signal: AbortSignal): Promise<SinkAnswer> {
    const target = parseTargetUrl(url)
    if ('problem' in target) {
      return {
        address: null,
        status: null,
        headers: {},
        answer: '',
        error: `the URL cannot be read: expected ${target.problem}`,
      }
    }
    const answer = await this.#requests.send({ method: 'POST', target, headers, body }, signal)
    const retryAfter = answer.headers['retry-after']
    return {
      address: answer.address,
      status: answer.status,
      headers: typeof retryAfter === 'string' ? { 'retry-after': retryAfter } : {},
      answer: asText(answer.body),
      error: answer.error,
    }
  }

  async close(): Promise<void> {
    await this.#requests.close()
  }
}

/** What is no UTF-8 becomes U+FFFD; NUL goes, because not every database keeps it in a text. */
function asText(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\0', '')
}
