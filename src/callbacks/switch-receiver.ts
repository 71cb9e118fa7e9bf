import type { ReceiverId } from '../base/index.ts'
import type { ReceiverRecord, ReceiverStore } from './receiver-store.ts'

/** Why a courier switches a receiver off; whatever else stands there is somebody's own words. */
export const ONLY_FAILED = 'it has only failed for five days'

/** Deliveries that change hands in one transaction: others have their turn in between. */
const BATCH = 500

/**
 * Switches a receiver off: what waits for it is held until it is switched on again. What is being sent right now ends.
 *
 * @param because in words, for whoever looks at the receiver
 * @throws Failure `ReceiverNotFound`
 */
export async function switchReceiverOff(
  store: Pick<ReceiverStore, 'switchOff' | 'holdWaiting'>,
  id: ReceiverId,
  because: string,
): Promise<{ readonly receiver: ReceiverRecord; readonly held: number }> {
  const receiver = await store.switchOff(id, because)
  return { receiver, held: await all(() => store.holdWaiting(id, BATCH)) }
}

/**
 * Switches a receiver on: what was held for it is due at once, the oldest first, each with one last attempt at least.
 *
 * @throws Failure `ReceiverNotFound`
 */
export async function switchReceiverOn(
  store: Pick<ReceiverStore, 'switchOn' | 'releaseHeld'>,
  id: ReceiverId,
): Promise<{ readonly receiver: ReceiverRecord; readonly released: number }> {
  const receiver = await store.switchOn(id)
  return { receiver, released: await all(() => store.releaseHeld(id, BATCH)) }
}

async function all(batch: () => Promise<number>): Promise<number> {
  let total = 0
  for (;;) {
    const count = await batch()
    total += count
    if (count < BATCH) return total
  }
}
