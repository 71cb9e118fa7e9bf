import type { CallbackEvent } from './events.ts'
import { parse } from './parse.ts'
import { ReceiverError } from './receiver-error.ts'
import type { SeenEvents } from './seen.ts'
import { keysOf, type Secrets } from './signature.ts'
import { type CallbackHeaders, type CallbackRequest, checkTolerance, verifyWithKeys } from './verify.ts'

/** Who is believed: whoever has a secret, or everybody. */
export type Trust =
  | {
      /** What the sender signs with, `whsec_…`; all that are valid now. */
      readonly secrets: Secrets
      readonly unsafeAcceptUnsigned?: never
    }
  | {
      readonly secrets?: never
      /**
       * For senders that do not sign, such as the service whose protocol Pixmill speaks. Whoever knows the address can then
       * say anything; have a secret in the path or query of the address.
       */
      readonly unsafeAcceptUnsigned: true
    }

export interface Handling {
  /**
   * What you do with an event. The sender waits for it, ten seconds in all: put the event somewhere safe, and do what takes
   * long afterwards. When it throws or rejects, the sender is answered 500 and comes again.
   */
  readonly onEvent: (event: CallbackEvent, callback: Callback) => void | Promise<void>
  /** Lets each event through once. Default: none, every delivery is handled. */
  readonly seen?: SeenEvents
  /** How old, and how far in the future, a request may be. Default 300. */
  readonly toleranceSeconds?: number
  /** Default 1 MiB. */
  readonly maxBodyBytes?: number
  /** Is told of requests that were refused, for a log. */
  readonly onRefused?: (error: ReceiverError) => void
  /** Is told when `onEvent` or `seen` fails. Default: `console.error`. */
  readonly onFailed?: (error: unknown) => void
  /** UTC milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

export type ReceiverOptions = Trust & Handling

/** What is known of a callback beside the event. */
export interface Callback {
  /**
   * The same for every delivery of an event, and different for every event: the `webhook-id` where that is signed, else
   * made of the event's name and the job's or run's id.
   */
  readonly key: string
  /** The `webhook-id`; `null` when nothing vouches for it. */
  readonly id: string | null
  /** When this attempt was made; `null` when nothing vouches for it. */
  readonly sentAt: Date | null
}

/**
 * What to answer to the sender.
 *
 * @internal
 */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * What came in: the body is asked for when the rest is in order.
 *
 * @internal
 */
export interface Incoming {
  readonly method: string
  readonly headers: CallbackHeaders
  /** @throws ReceiverError `BodyTooLarge`, `BodyAlreadyRead` */
  readBody(maxBytes: number): Promise<Uint8Array>
}

/** @internal */
export const DEFAULT_MAX_BODY_BYTES = 1024 * 1024

/** After which time a sender should come again when somebody else is at the event. */
const RETRY_AFTER_SECONDS = '5'

/**
 * What every ready-made handler does, whatever its platform: verify, parse, see to it that an event is handled once, handle
 * it, and say how that went. Does not reject.
 *
 * @throws ReceiverError `InvalidOption`, when it is made and not later
 *
 * @internal
 */
export function receiverOf(options: ReceiverOptions): (incoming: Incoming) => Promise<Answer> {
  checkHandling(options)
  const trusts = trustOf(options)
  const maxBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
  const onFailed = options.onFailed ?? ((error) => console.error('A callback could not be handled:', error))

  return async (incoming) => {
    let event: CallbackEvent
    let callback: Callback
    try {
      if (incoming.method !== 'POST') {
        throw new ReceiverError('MethodNotAllowed', `The method is ${incoming.method}, expected POST.`)
      }
      const request = { headers: incoming.headers, body: await incoming.readBody(maxBytes) }
      const verified = await trusts(request)
      event = parse(request.body)
      callback = { ...verified, key: verified.id ?? keyOf(event) }
    } catch (error) {
      if (!(error instanceof ReceiverError)) return failed(onFailed, error)
      quietly(() => options.onRefused?.(error))
      return refused(error)
    }
    try {
      return await handleOnce(event, callback, options)
    } catch (error) {
      return failed(onFailed, error)
    }
  }
}

function checkHandling({ onEvent, toleranceSeconds, maxBodyBytes = DEFAULT_MAX_BODY_BYTES }: Handling): void {
  if (typeof onEvent !== 'function')
    throw new ReceiverError('InvalidOption', 'onEvent is missing, expected a function.')
  checkTolerance(toleranceSeconds)
  // No body is larger than what is no number.
  if (maxBodyBytes > 0) return
  throw new ReceiverError('InvalidOption', `maxBodyBytes is ${maxBodyBytes}, expected a number from 1.`)
}

type Vouched = Pick<Callback, 'id' | 'sentAt'>

function trustOf(options: ReceiverOptions): (request: CallbackRequest) => Promise<Vouched> {
  if ((options.secrets === undefined) === (options.unsafeAcceptUnsigned !== true)) {
    throw new ReceiverError(
      'InvalidOption',
      options.secrets === undefined
        ? 'secrets is missing. Is the environment variable set? (unsafeAcceptUnsigned: true accepts callbacks that nobody has signed.)'
        : 'There are secrets, but unsafeAcceptUnsigned would accept what was not signed with them; expected one of the two.',
    )
  }
  if (options.secrets === undefined) return async () => ({ id: null, sentAt: null })
  const keys = keysOf(options.secrets)
  return (request) => verifyWithKeys(request, keys, options)
}

/** @internal */
export function keyOf(event: CallbackEvent): string {
  return `${event.name}:${event.name === 'TaskFinish' ? event.job.id : event.run.id}`
}

/**
 * Rejects with what `onEvent` throws.
 *
 * @internal
 */
export async function handleOnce(
  event: CallbackEvent,
  callback: Callback,
  { seen, onEvent }: Pick<Handling, 'seen' | 'onEvent'>,
): Promise<Answer> {
  const claim = (await seen?.claim(callback.key)) ?? 'mine'
  if (claim === 'done') return answer(200, 'handled before')
  if (claim === 'busy') return answer(503, 'this event is being handled', { 'retry-after': RETRY_AFTER_SECONDS })
  try {
    await onEvent(event, callback)
  } catch (error) {
    // What went wrong first is what is told; a claim that could not be given back ends by itself.
    await seen?.release(callback.key).catch(() => {})
    throw error
  }
  await seen?.done(callback.key)
  return answer(200, 'ok')
}

function refused(error: ReceiverError): Answer {
  const headers: Record<string, string> = error.code === 'MethodNotAllowed' ? { allow: 'POST' } : {}
  return answer(error.status, `${error.code}: ${error.message}`, headers)
}

/** What a handler threw is for its owner; the sender only learns that it should come again. */
function failed(onFailed: (error: unknown) => void, error: unknown): Answer {
  quietly(() => onFailed(error))
  return answer(500, 'the receiver could not handle this')
}

function answer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: `${text}\n` }
}

/** A log that fails must not cost the answer. */
function quietly(tell: () => void): void {
  try {
    tell()
  } catch (error) {
    console.error('A hook of the receiver has failed:', error)
  }
}
