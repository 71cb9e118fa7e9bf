import { expect, test } from 'vitest'
import { isBeyondHope, ReceiverNotes } from './receiver-notes.ts'
import { receiverOf } from './receiver-of.ts'

const receiver = receiverOf('http://a.example/hook')
const attempt = (at: number, isSuccess: boolean, error = 'answered 500') => ({
  at,
  isSuccess,
  isFailure: !isSuccess,
  error,
  restsUntil: null,
  restsBecause: null,
})

test('a receiver that works is written down once a minute, however much it gets', () => {
  const notes = new ReceiverNotes()
  let written = 0
  for (let at = 0; at < 180_000; at += 100) {
    notes.take(receiver, attempt(at, true))
    if (notes.isDirty) written += notes.drain(at).length
  }
  expect(written).toBe(3)
})

test('failures are counted from note to note, and a success begins anew', () => {
  const notes = new ReceiverNotes()
  notes.take(receiver, attempt(1_000, false))
  notes.take(receiver, attempt(2_000, false, 'reset'))
  expect(notes.drain(2_000)).toMatchObject([
    { id: receiver.id, attemptAt: 2_000, successAt: null, failures: 2, failingSince: 1_000, error: 'reset' },
  ])
  expect(notes.isDirty).toBe(false)
  notes.take(receiver, attempt(3_000, false))
  expect(notes.drain(3_000)).toMatchObject([{ failures: 1, failingSince: 3_000 }])
  // That it works again is news, a minute after the last note or not.
  notes.take(receiver, attempt(3_100, true))
  expect(notes.isDirty).toBe(true)
  notes.take(receiver, attempt(3_200, false))
  expect(notes.drain(3_200)).toMatchObject([{ successAt: 3_100, failures: 1, failingSince: 3_200 }])
})

test('410 is an attempt, but no failure of the receiver', () => {
  const notes = new ReceiverNotes()
  notes.take(receiver, { ...attempt(1_000, false), isFailure: false })
  expect(notes.drain(1_000)).toMatchObject([{ attemptAt: 1_000, successAt: null, failures: 0, error: null }])
})

test('what is beyond hope has failed for long, and more than once or twice', () => {
  const standing = { id: receiver.id, isEnabled: true, failingSince: 1_000, failures: 5 }
  expect(isBeyondHope(standing, 6_000, 5_000)).toBe(true)
  expect(isBeyondHope(standing, 5_999, 5_000)).toBe(false)
  expect(isBeyondHope({ ...standing, failures: 4 }, 9_000, 5_000)).toBe(false)
  expect(isBeyondHope({ ...standing, isEnabled: false }, 9_000, 5_000)).toBe(false)
})
