import type { Readable } from 'node:stream'
import { mostSentBytes } from './messages.ts'

/** More than this lies here only when the engine sends what nobody asked for. Bytes. */
const mostWaiting = 4 * mostSentBytes

interface Wanted {
  readonly count: number
  readonly resolve: (bytes: Buffer) => void
}

/**
 * The bytes of results as they come from an engine, one after another, each of a length that a message tells. A hostile
 * picture may have taken the engine over: what comes is believed to be nothing but bytes, and not to be few.
 */
export class SentBytes {
  #pieces: Buffer[] = []
  #waiting = 0
  readonly #wanted: Wanted[] = []

  /** @param onTooMany called when more has come than an engine sends */
  constructor(channel: Readable, onTooMany: () => void) {
    channel.on('data', (piece: Buffer) => {
      this.#pieces.push(piece)
      this.#waiting += piece.length
      if (this.#waiting > mostWaiting) {
        channel.destroy()
        onTooMany()
        return
      }
      this.#give()
    })
    // It breaks when the engine ends, of which others tell.
    channel.on('error', () => {})
  }

  /** So many bytes more, once they are there. Never settles when the engine ends before. */
  take(count: number): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#wanted.push({ count, resolve })
      this.#give()
    })
  }

  #give(): void {
    for (let next = this.#wanted[0]; next !== undefined && next.count <= this.#waiting; next = this.#wanted[0]) {
      this.#wanted.shift()
      const whole = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces)
      const rest = whole.subarray(next.count)
      this.#pieces = rest.length === 0 ? [] : [rest]
      this.#waiting = rest.length
      next.resolve(whole.subarray(0, next.count))
    }
  }
}
