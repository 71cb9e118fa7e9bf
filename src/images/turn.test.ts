import fc from 'fast-check'
import { expect, test } from 'vitest'
import { flips, noTurn, quarterTurns, type Turn, thenTurn, undoTurn, uprightTurn } from './turn.ts'

const turns = fc.record({ mirrored: fc.boolean(), quarters: fc.constantFrom<Turn['quarters']>(0, 1, 2, 3) })

/** What a turn does to a picture of numbers, taken literally. */
function turned(rows: number[][], { mirrored, quarters }: Turn): number[][] {
  let picture = mirrored ? rows.map((row) => [...row].reverse()) : rows
  for (let quarter = 0; quarter < quarters; quarter++) {
    const height = picture.length
    picture = picture[0]!.map((_, x) => picture.map((_, y) => picture[height - 1 - y]![x]!))
  }
  return picture
}

const picture = [
  [1, 2, 3],
  [4, 5, 6],
]

test('one turn after the other is one turn', () => {
  fc.assert(
    fc.property(turns, turns, (first, second) => {
      expect(turned(picture, thenTurn(first, second))).toEqual(turned(turned(picture, first), second))
    }),
  )
})

test('a turn and its undoing is no turn', () => {
  fc.assert(
    fc.property(turns, (turn) => {
      expect(thenTurn(turn, undoTurn(turn))).toEqual(noTurn)
    }),
  )
})

test('ten quarters are two', () => {
  expect(quarterTurns(10)).toEqual(quarterTurns(2))
})

test('a vertical flip puts the top to the bottom', () => {
  expect(turned(picture, flips.vertical)).toEqual([
    [4, 5, 6],
    [1, 2, 3],
  ])
})

test.each([
  [1, [1, 2, 3]],
  [2, [3, 2, 1]],
  [3, [6, 5, 4]],
  [4, [4, 5, 6]],
  [5, [1, 4]],
  [6, [4, 1]],
  [7, [6, 3]],
  [8, [3, 6]],
])('EXIF orientation %d made upright begins with the row %j', (orientation, row) => {
  expect(turned(picture, uprightTurn(orientation))[0]).toEqual(row)
})
