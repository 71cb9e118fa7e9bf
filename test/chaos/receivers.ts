import { createServer, get, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { webhookSecret } from '../support/house.ts'
import type { Chance } from './chance.ts'
import type { Receipt } from './evidence.ts'
import { storyOf } from './story.ts'

/** How a receiver behaves, by the path it is called at. */
const manners = {
  '/prompt': ({ take }: Turn) => take(),
  '/slow': ({ take, chance }: Turn) => setTimeout(take, chance.between(50, 400)),
  '/failing': ({ nth, refuse, take }: Turn) => (nth <= 2 ? refuse(500) : take()),
  '/hanging-up': ({ nth, hangUp, take }: Turn) => (nth === 1 ? hangUp() : take()),
  /** Takes it and says so too late: the sender has to try again, and may not change a word. */
  '/late': ({ nth, take }: Turn) => (nth === 1 ? setTimeout(take, 3_500) : take()),
  '/moody': ({ chance, refuse, take }: Turn) => (chance.isHit(0.3) ? refuse(503) : take()),
  /** Refuses everything while it is away, and answers nothing at all while it is silent. */
  '/away': ({ presence, refuse, take }: Turn) => {
    if (presence === 'here') take()
    else if (presence === 'away') refuse(503)
  },
  /** While it is away it wants what comes never again. */
  '/gone': ({ presence, refuse, take }: Turn) => (presence === 'here' ? take() : refuse(410)),
} as const

interface Turn {
  /** Which request of this event it is, from 1. */
  readonly nth: number
  readonly chance: Chance
  readonly presence: Presence
  take(): void
  refuse(status: number): void
  hangUp(): void
}

type Presence = 'here' | 'away' | 'silent'

export type ReceiverPath = keyof typeof manners
/** Those that take every event sooner or later, whatever anybody does. */
export const ownWayPaths = (Object.keys(manners) as ReceiverPath[]).filter(
  (path) => path !== '/away' && path !== '/gone',
)

/** The far side of the callbacks: it logs whatever comes and answers each path in its own way. */
export interface Receivers {
  readonly log: readonly Receipt[]
  urlOf(path: ReceiverPath): string
  /** Whether the event of this job, the end of this run, or of the run that this request started was taken. */
  hasTaken(subject: string): boolean
  /** Resolves with the next request, or after so many milliseconds. */
  next(withinMs: number): Promise<void>
  /**
   * Resolves when every connection that was opened before has been seen: they are seen in the order in which they were
   * opened. To be waited for between two lives of the server, so that each is counted to the one that opened it.
   */
  caughtUp(): Promise<void>
  /** `/away` and `/gone` are not there until they come back. */
  goAway(): void
  /** From now on `/away` reads what it is sent and says nothing. */
  fallSilent(): void
  comeBack(): void
  /** From now on everybody takes whatever comes, at once. */
  recover(): void
  close(): Promise<void>
}

/** @param bootNow in which life the server is; asked when a connection is opened */
export async function startReceivers(chance: Chance, bootNow: () => number): Promise<Receivers> {
  const log: Receipt[] = []
  const taken = new Set<string>()
  const requestsOf = new Map<string, number>()
  const waiting = new Set<() => void>()
  const boots = new WeakMap<Socket, number>()
  const webhook = new Webhook(webhookSecret)
  let presence: Presence = 'here'
  let isWell = false

  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.end()
      return
    }
    const at = performance.now()
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    // A request whose sender was killed on the way never ends: nobody was told by it.
    request.on('end', () => {
      const body = Buffer.concat(pieces).toString('utf8')
      const webhookId = String(request.headers['webhook-id'])
      const path = request.url as ReceiverPath
      const nth = (requestsOf.get(webhookId) ?? 0) + 1
      requestsOf.set(webhookId, nth)
      const receipt = {
        boot: boots.get(request.socket) ?? 0,
        at,
        path,
        webhookId,
        body,
        isSigned: isSigned(webhook, body, request.headers as Record<string, string>),
        ...storyOf(body),
        answered: null as number | null,
      }
      log.push(receipt)
      const answer = (status: number): void => {
        // Of a sender that has gone meanwhile nobody can say whether it heard; for us it did not.
        if (response.destroyed || request.socket.destroyed) return
        receipt.answered = status
        if (status === 200) {
          taken.add(receipt.subject)
          if (receipt.event === 'WorkflowFinish' && receipt.uploadedBy !== null) taken.add(receipt.uploadedBy)
        }
        end(response, status)
        for (const look of [...waiting]) look()
      }
      const manner = isWell ? manners['/prompt'] : manners[path]
      manner({
        nth,
        chance,
        presence,
        take: () => answer(200),
        refuse: answer,
        hangUp: () => request.socket.destroy(),
      })
      for (const look of [...waiting]) look()
    })
    request.on('error', () => {})
  })
  server.on('connection', (socket) => boots.set(socket, bootNow()))
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    log,
    urlOf: (path) => `http://127.0.0.1:${port}${path}`,
    hasTaken: (subject) => taken.has(subject),
    next: (withinMs) =>
      new Promise((resolve) => {
        const look = (): void => {
          waiting.delete(look)
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(look, withinMs)
        waiting.add(look)
      }),
    caughtUp: () =>
      new Promise((resolve, reject) => {
        const probe = get({ port, agent: false }, (answer) => answer.resume().on('end', resolve))
        probe.on('error', reject)
      }),
    goAway: () => {
      presence = 'away'
    },
    fallSilent: () => {
      presence = 'silent'
    },
    comeBack: () => {
      presence = 'here'
    },
    recover: () => {
      isWell = true
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status
  response.end()
}

function isSigned(webhook: Webhook, body: string, headers: Record<string, string>): boolean {
  try {
    webhook.verify(body, headers)
    return true
  } catch (error) {
    // The library reads JSON behind the signature; the signature of XML has been checked by then.
    return error instanceof SyntaxError
  }
}
