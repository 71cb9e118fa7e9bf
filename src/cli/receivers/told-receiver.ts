import { receiverOf } from '../../callbacks/index.ts'

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

/** What a receiver is asked by, from what was typed: its id, or an address of it with or without query. */
export function receiverIdOf(typed: string): string {
  return typed.startsWith('rcv_') ? typed : receiverOf(typed).id
}

/** In one word how it stands. */
export function standingOf({ enabled, failingSince, restsUntil }: ToldReceiver, nowMs: number): string {
  if (!enabled) return 'off'
  if (restsUntil !== null && Date.parse(restsUntil) > nowMs) return 'resting'
  return failingSince === null ? 'well' : 'failing'
}
