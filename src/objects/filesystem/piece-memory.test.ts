import { expect, test } from 'vitest'
import { PIECE_BYTES, PieceMemory } from './piece-memory.ts'

test('a reader of more than a piece has two, and one who needs one has one', () => {
  const memory = new PieceMemory()
  expect(memory.lend(PIECE_BYTES).map(({ length }) => length)).toEqual([PIECE_BYTES])
  expect(memory.lend(PIECE_BYTES + 1).map(({ length }) => length)).toEqual([PIECE_BYTES, PIECE_BYTES])
})

test('what was given back is used again, what may still be looked at is not', () => {
  const memory = new PieceMemory()
  const first = memory.lend(2 * PIECE_BYTES)
  memory.takeBack(first)
  const second = memory.lend(2 * PIECE_BYTES)
  expect(second.every((piece) => first.includes(piece))).toBe(true)
  memory.forget(second)
  expect(memory.lend(2 * PIECE_BYTES).some((piece) => first.includes(piece))).toBe(false)
})

test('many readers at once have one each, and no more is kept for later than a few need', () => {
  const memory = new PieceMemory()
  const readers = Array.from({ length: 200 }, () => memory.lend(10 * PIECE_BYTES))
  expect(readers.map((pieces) => pieces.length)).toEqual([...Array(32).fill(2), ...Array(168).fill(1)])
  expect(new Set(readers.flat()).size).toBe(232)
  for (const pieces of readers) memory.takeBack(pieces)
  const later = Array.from({ length: 32 }, () => memory.lend(10 * PIECE_BYTES)).flat()
  const known = new Set(readers.flat())
  expect([later.length, later.filter((piece) => known.has(piece)).length]).toEqual([64, 16])
})
