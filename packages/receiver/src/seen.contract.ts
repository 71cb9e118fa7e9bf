import { expect, test } from 'vitest'
import type { SeenEvents } from './seen.ts'

/** What every store of handled events has to do. `open` gives an empty one whose claims last a minute of `clock`. */
export function keepsTheSeenEventsContract(open: (clock: () => number) => Promise<SeenEvents>): void {
  const now = 1_772_417_473_000

  test('the first to claim an event has it, until it is handled or given back', async () => {
    const seen = await open(() => now)
    expect(await seen.claim('evt_1')).toBe('mine')
    expect(await seen.claim('evt_1')).toBe('busy')
    await seen.release('evt_1')
    expect(await seen.claim('evt_1')).toBe('mine')
    await seen.done('evt_1')
    expect(await seen.claim('evt_1')).toBe('done')
  })

  test('events do not know each other', async () => {
    const seen = await open(() => now)
    await seen.claim('evt_1')
    await seen.done('evt_1')
    for (const other of ['evt_2', 'EVT_1', 'evt_1 ', `evt'"; drop table seen_events; --`, 'TaskFinish:字']) {
      expect(await seen.claim(other)).toBe('mine')
    }
  })

  test('what was handled stays so: neither time nor a late release changes it', async () => {
    let time = now
    const seen = await open(() => time)
    await seen.claim('evt_1')
    await seen.done('evt_1')
    await seen.release('evt_1')
    time += 5 * 86_400_000
    expect(await seen.claim('evt_1')).toBe('done')
  })

  test('a claim whose owner died ends by itself', async () => {
    let time = now
    const seen = await open(() => time)
    await seen.claim('evt_1')
    time += 59_999
    expect(await seen.claim('evt_1')).toBe('busy')
    time += 1
    expect(await seen.claim('evt_1')).toBe('mine')
    expect(await seen.claim('evt_1')).toBe('busy')
  })

  test('of many who claim at once one gets it', async () => {
    const seen = await open(() => now)
    const claims = await Promise.all(Array.from({ length: 20 }, () => seen.claim('evt_1')))
    expect(claims.filter((one) => one === 'mine')).toHaveLength(1)
    expect(claims.filter((one) => one === 'busy')).toHaveLength(19)
  })

  test('to be done or released without a claim is no failure', async () => {
    const seen = await open(() => now)
    await seen.release('evt_1')
    await seen.done('evt_2')
    expect(await seen.claim('evt_1')).toBe('mine')
    expect(await seen.claim('evt_2')).toBe('done')
  })
}
