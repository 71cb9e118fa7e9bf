/**
 * How much of a file is read and sent at a time. Larger pieces are fewer ways to another thread and into the system: objects
 * of 10 MB took a tenth less processor time in pieces of 512 kB than in such of 256, a third less than in such of 64.
 */
export const PIECE_BYTES = 512 * 1024
/** So many are kept for who comes next: 8 MB. */
const MAX_SPARE_PIECES = 16
/** While fewer than so many are lent out (32 MB), readers get two, so that one can be read while the other is sent. */
const PLENTIFUL_PIECES = 64

/**
 * Memory that files are read into, used again and again. New memory for each piece would be cheap to get and dear to be rid
 * of: V8 counts it as its own, and went through the whole heap of a server forty times for every gigabyte that passed.
 */
export class PieceMemory {
  readonly #spare: Buffer[] = []
  #lent = 0

  /**
   * For one reader. They may hold what others have read.
   *
   * @returns two pieces, or one when there is no use for a second, or when many have some already
   */
  lend(bytesToRead: number): readonly Buffer[] {
    const isOneEnough = bytesToRead <= PIECE_BYTES || this.#lent >= PLENTIFUL_PIECES
    return isOneEnough ? [this.#one()] : [this.#one(), this.#one()]
  }

  /** @param pieces those that one reader had, and at which nobody looks any more */
  takeBack(pieces: readonly Buffer[]): void {
    this.#lent -= pieces.length
    this.#spare.push(...pieces.slice(0, MAX_SPARE_PIECES - this.#spare.length))
  }

  /** @param pieces at which somebody may still look: they are not used again */
  forget(pieces: readonly Buffer[]): void {
    this.#lent -= pieces.length
  }

  #one(): Buffer {
    this.#lent += 1
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES)
  }
}
