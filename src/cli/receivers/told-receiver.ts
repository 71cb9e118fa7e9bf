import { findReceiverOf, maskUrl } from '../../callbacks/index.ts'
import { UsageFailure } from '../server-client/index.ts'
import { printable } from '../terminal/index.ts'

/** A receiver as the JSON door tells it. */
export interface ToldReceiver {
  readonly receiverId: string
  readonly address: string
  readonly enabled: boolean
  readonly switchTime: string | null
  readonly offBecause: string | null
  readonly firstTime: string
  readonly lastAttemptTime: string
  readonly lastSuccessTime: string | null
  readonly failingSince: string | null
  readonly failures: number
  readonly lastError: string | null
  readonly restsUntil: string | null
  readonly restsBecause: string | null
}

export interface ReceiverInFull extends ToldReceiver {
  readonly held: number
}

/**
 * The id of a receiver, from what was typed: its id, or an address of it with or without query.
 *
 * @throws UsageFailure when it is neither; it does not repeat what may be secret in an address
 */
export function receiverNamed(typed: string): string {
  if (/^rcv_\w{1,64}$/.test(typed)) return typed
  const receiver = findReceiverOf(typed)
  if (receiver !== null) return receiver.id
  throw new UsageFailure(
    `The receiver is "${printable(maskUrl(typed))}", expected its id (rcv_…) or its address, such as https://hooks.example/pixmill.`,
  )
}

/** In one word how it stands. */
export function standingOf({ enabled, failingSince, restsUntil }: ToldReceiver, nowMs: number): string {
  if (!enabled) return 'off'
  if (restsUntil !== null && Date.parse(restsUntil) > nowMs) return 'resting'
  return failingSince === null ? 'well' : 'failing'
}
