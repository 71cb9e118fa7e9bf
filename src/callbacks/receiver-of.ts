import { createHash } from 'node:crypto'
import type { ReceiverId } from '../base/index.ts'

/** Who gets a callback, as far as its URL tells. */
export interface Receiver {
  readonly id: ReceiverId
  /** Scheme, host, port and path, in one spelling. User name, password and query may be secrets and are left away. */
  readonly address: string
  /** Scheme, host and port: what connections are made to, and attempts are counted by. */
  readonly origin: string
}

/** What cannot be read shares one receiver, whose attempts fail with a proper error. */
const UNREADABLE = 'unreadable:'
/** Most events go to a few addresses; a digest for each of them would be made again thousands of times a second. */
const REMEMBERED = 1_000
const known = new Map<string, Receiver>()

/**
 * The receiver behind a callback URL: two URLs that differ in nothing but query, user name or password are one receiver.
 * Never throws, since it is called inside the transaction that ends a job. The same URL gives the same id everywhere.
 */
export function receiverOf(url: string): Receiver {
  let receiver = known.get(url)
  if (receiver === undefined) {
    receiver = read(url)
    if (known.size >= REMEMBERED) known.clear()
    known.set(url, receiver)
  }
  return receiver
}

/**
 * The receiver that somebody names by an address, with or without what is secret in it.
 *
 * @returns `null` when that is no address: without this, whoever leaves out `https://` would be told of a receiver that has nothing.
 */
export function findReceiverOf(address: string): Receiver | null {
  const receiver = receiverOf(address)
  return receiver.origin === UNREADABLE && address !== UNREADABLE ? null : receiver
}

function read(url: string): Receiver {
  let address: string
  let origin: string
  try {
    const parts = new URL(url)
    origin = parts.origin === 'null' ? UNREADABLE : parts.origin
    address = parts.origin === 'null' ? UNREADABLE : parts.origin + parts.pathname
  } catch {
    origin = UNREADABLE
    address = UNREADABLE
  }
  const digest = createHash('sha256').update(address).digest('hex').slice(0, 32)
  return { id: `rcv_${digest}` as ReceiverId, address, origin }
}
