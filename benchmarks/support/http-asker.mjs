import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * One kept connection that asks with GET, one request after another, and reads answers of a known length: a client that
 * takes little of the machine it shares with the servers it asks.
 */
export class HttpAsker {
  #host
  #port
  #socket = null
  #waiting = null
  #head = ''
  #left = 0
  #bytes = 0

  /** @param url `http://HOST:PORT` */
  constructor(url) {
    const { hostname, port } = new URL(url)
    this.#host = hostname
    this.#port = Number(port)
  }

  /** The bytes of a body that came with status 200. */
  async get(path, host = `${this.#host}:${this.#port}`) {
    for (let attempt = 1; ; attempt += 1) {
      const isKept = this.#socket !== null
      if (!isKept) await this.#connect()
      try {
        return await this.#ask(path, host)
      } catch (error) {
        // A connection that rested while others had their turn may be closed by its server at the very moment of its use.
        if (!isKept || attempt > 1) throw error
      }
    }
  }

  close() {
    this.#socket?.destroy()
    this.#socket = null
  }

  async #connect() {
    const socket = connect(this.#port, this.#host)
    await once(socket, 'connect')
    socket.setNoDelay(true)
    socket.on('data', (piece) => this.#read(piece))
    const gone = () => {
      if (this.#socket === socket) this.#socket = null
      this.#settle(({ reject }) => reject(new Error('the connection was closed')))
    }
    socket.on('error', gone)
    socket.on('close', gone)
    this.#socket = socket
  }

  #ask(path, host) {
    this.#head = ''
    this.#left = -1
    this.#bytes = 0
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject, path }
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
    })
  }

  #read(piece) {
    let length = piece.length
    if (this.#left < 0) {
      this.#head += piece.latin1Slice()
      const end = this.#head.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = this.#head.slice(0, end)
      const told = /\r\ncontent-length: *(\d+)/i.exec(head)
      if (!head.startsWith('HTTP/1.1 200 ') || told === null) {
        const { path } = this.#waiting
        this.#settle(({ reject }) => reject(new Error(`${path} was answered with ${head}`)))
        return
      }
      this.#left = Number(told[1])
      length = this.#head.length - end - 4
    }
    this.#left -= length
    this.#bytes += length
    if (this.#left === 0) this.#settle(({ resolve }) => resolve(this.#bytes))
  }

  #settle(how) {
    const waiting = this.#waiting
    this.#waiting = null
    if (waiting !== null) how(waiting)
  }
}
