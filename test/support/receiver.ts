import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One callback as it came in. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** The far side of callbacks: a small real server that records what it gets and answers as it is told. */
export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  /** Resolves with the nth callback (from 0), now or when it comes. */
  nth(index: number): Promise<Received>
  /** Resolves with the first callback that has this in its body, now or when it comes. */
  about(text: string): Promise<Received>
  /** How the next requests are answered; 200 without a body when nothing is told. */
  answerWith(answers: readonly ((response: ServerResponse) => void)[]): void
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const waiting = new Set<() => void>()
  const answers: ((response: ServerResponse) => void)[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      received.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(pieces).toString('utf8'),
      })
      const answer = answers.shift()
      if (answer === undefined) response.end()
      else answer(response)
      for (const look of [...waiting]) look()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const found = (find: () => Received | undefined): Promise<Received> =>
    new Promise((resolve) => {
      const look = (): void => {
        const one = find()
        if (one === undefined) return
        waiting.delete(look)
        resolve(one)
      }
      waiting.add(look)
      look()
    })
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    nth: (index) => found(() => received[index]),
    about: (text) => found(() => received.find(({ body }) => body.includes(text))),
    answerWith: (next) => void answers.push(...next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
