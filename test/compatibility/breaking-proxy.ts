import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'

/** Stands between an SDK and the server, and breaks some connections in the middle of a part. */
export interface BreakingProxy {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  /** The numbers of the parts whose connection was broken. */
  readonly broken: readonly number[]
  /** The numbers of the parts that were handed on as a whole. */
  readonly whole: readonly number[]
  close(): Promise<void>
}

/**
 * Hands on every request as it came. A part for which `breaks` says so (by its number, and how often it was sent before) has
 * half of its bytes handed on; then both connections are reset.
 *
 * @param to `HOST:PORT` of the server
 */
export async function breakingProxy(
  to: string,
  breaks: (part: number, before: number) => boolean,
): Promise<BreakingProxy> {
  const seen = new Map<number, number>()
  const broken: number[] = []
  const whole: number[] = []
  const server = createServer((from, answer) => {
    const part = partOf(from)
    const before = part === null ? 0 : (seen.get(part) ?? 0)
    if (part !== null) seen.set(part, before + 1)
    const onwards = request(`http://${to}`, {
      method: from.method ?? '',
      path: from.url ?? '',
      headers: from.rawHeaders,
      agent: false,
      setHost: false,
    })
    const end = (): void => {
      onwards.destroy()
      from.socket.destroy()
    }
    onwards.on('error', end)
    onwards.on('response', (response) => {
      if (part !== null && response.statusCode === 200) whole.push(part)
      answer.writeHead(response.statusCode ?? 0, response.rawHeaders)
      pipeline(response, answer).catch(end)
    })
    if (part === null || !breaks(part, before)) {
      pipeline(from, onwards).catch(end)
      return
    }
    let left = Number(from.headers['content-length']) / 2
    from.on('data', (piece: Buffer) => {
      if (left <= 0) return
      onwards.write(piece)
      left -= piece.length
      if (left > 0) return
      broken.push(part)
      onwards.destroy()
      from.socket.resetAndDestroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    broken,
    whole,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The number of the part that a request uploads; `null` when it does something else. */
function partOf({ method, url = '' }: IncomingMessage): number | null {
  const number = /[?&]partNumber=(\d+)/.exec(url)?.[1]
  return method === 'PUT' && number !== undefined ? Number(number) : null
}
