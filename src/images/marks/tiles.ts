import type { Rectangle, Size } from '../rectangle.ts'

/**
 * What is repeated over a picture, cut so that its repetition from the upper left corner has a tile at `first`: one tile
 * with the space after it, or several of them where they are small, because very many tiny pieces are slow to lay.
 * Never larger than the picture.
 *
 * @param tile RGBA pixels with eight bits, of the size of `first`
 * @param first where one of the tiles lies, from the upper left corner of the picture
 * @param cell from one tile to the next
 */
export function patternOf(tile: Buffer, first: Rectangle, cell: Size, picture: Size): Size & { pixels: Buffer } {
  const width = patternSide(cell.width, picture.width)
  const height = patternSide(cell.height, picture.height)
  const pixels = Buffer.alloc(width * height * 4)
  for (let y = 0; y < height; y++) {
    const row = modulo(y - first.top, cell.height)
    if (row >= first.height) continue
    const from = tile.subarray(row * first.width * 4, (row + 1) * first.width * 4)
    for (let left = -modulo(-first.left, cell.width); left < width; left += cell.width) {
      const start = Math.max(left, 0)
      const end = Math.min(left + first.width, width)
      if (start < end) from.copy(pixels, (y * width + start) * 4, (start - left) * 4, (end - left) * 4)
    }
  }
  return { width, height, pixels }
}

/** Sides of a pattern that is large enough to be laid fast, pixels. */
const largeEnough = 256

function patternSide(cell: number, picture: number): number {
  return Math.min(Math.ceil(largeEnough / cell) * cell, picture)
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by
}
