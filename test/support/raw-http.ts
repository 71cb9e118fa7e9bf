import { connect, type Socket } from 'node:net'

/** One answer, cut out of the bytes of a connection; nothing of it interpreted. */
export interface RawAnswer {
  readonly status: number
  /** Header lines as they came: `Name: value`. */
  readonly headerLines: readonly string[]
  /** The value of the header spelled exactly so. */
  header(name: string): string | undefined
  readonly body: Buffer
}

/** A connection that sends just the bytes it is told: what no HTTP client would let through. */
export class RawConnection {
  readonly socket: Socket
  #arrived = Buffer.alloc(0)
  #isClosed = false
  #look: () => void = () => {}

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    this.socket.on('data', (piece) => {
      this.#arrived = Buffer.concat([this.#arrived, piece])
      this.#look()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.#isClosed = true
      this.#look()
    })
  }

  /** Text is written as UTF-8; lines end with a line feed and are sent with carriage return and line feed. */
  head(...lines: string[]): this {
    return this.write(`${lines.join('\r\n')}\r\n\r\n`)
  }

  write(bytes: string | Uint8Array): this {
    this.socket.write(bytes)
    return this
  }

  /** Ends our side only. */
  end(): this {
    this.socket.end()
    return this
  }

  /** Everything that comes until the connection is closed, as Latin-1. */
  async untilClosed(): Promise<string> {
    await this.#until(() => this.#isClosed)
    return this.#arrived.toString('latin1')
  }

  /** The next answer, with as much body as Content-Length says (none, `toHead`). Fails when the connection ends before. */
  async answer({ toHead = false } = {}): Promise<RawAnswer> {
    const endOfHead = () => this.#arrived.indexOf('\r\n\r\n')
    await this.#until(() => endOfHead() >= 0 || this.#isClosed)
    const end = endOfHead()
    if (end < 0) throw new Error(`no answer, only ${JSON.stringify(this.#arrived.toString('latin1'))}`)
    const [statusLine, ...headerLines] = this.#arrived.subarray(0, end).toString('latin1').split('\r\n')
    const header = (name: string) => headerLines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2)
    const length = toHead ? 0 : Number(header('Content-Length') ?? 0)
    const all = end + 4 + length
    await this.#until(() => this.#arrived.length >= all || this.#isClosed)
    const body = this.#arrived.subarray(end + 4, all)
    this.#arrived = this.#arrived.subarray(all)
    return { status: Number(statusLine!.split(' ')[1]), headerLines, header, body }
  }

  destroy(): void {
    this.socket.destroy()
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (holds()) resolve()
      }
      this.#look()
    })
  }
}

/** The text of an element of a document that is known to have it once. */
export function textOf(answer: { readonly body: Buffer }, element: string): string | undefined {
  return new RegExp(`<${element}>([^<]*)</${element}>`).exec(answer.body.toString('utf8'))?.[1]
}
