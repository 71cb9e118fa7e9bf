import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction, type Socket } from 'node:net'
import { rootCertificates } from 'node:tls'
import { buildConnector } from 'undici'
import type { AddressGuard } from './address-guard.ts'
import type { LookUpName } from './name-lookup.ts'

export interface GuardedConnectorOptions {
  readonly guard: AddressGuard
  /** Look-up, TCP and TLS together. Default 5 s. */
  readonly connectTimeoutMs?: number
  /** Certificates (PEM) that are trusted beside the usual ones: a private authority's. */
  readonly extraCertificates?: readonly string[]
  readonly lookUpName: LookUpName
}

/** Why no connection was made, in words that may be shown to whoever owns the receiver. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure'
}

/**
 * Makes connectors for undici that connect to no address the guard refuses. The check and the connection use the same
 * answer of one look-up, so a name that means something else a moment later gains nothing; a name is refused as a whole
 * when any of its addresses is. TLS asks for and checks the name, not the address.
 *
 * Each connector tells `dialled` which address is being tried, the last one being the one that answered; `null` when it
 * begins, since nothing is dialled yet.
 */
export function guardedConnectors(
  options: GuardedConnectorOptions,
): (dialled: (address: string | null) => void) => buildConnector.connector {
  const { guard, connectTimeoutMs = 5_000, lookUpName } = options

  const checkedLookup: LookupFunction = (name, _lookupOptions, give) => {
    lookUpName(name).then(
      (addresses) => {
        const problem = problemWith(name, addresses)
        if (problem === null) give(null, [...addresses])
        else give(new ConnectFailure(problem), [])
      },
      (error) => give(error, []),
    )
  }
  const problemWith = (name: string, addresses: readonly LookupAddress[]): string | null => {
    // Node itself would stumble over an empty answer.
    if (addresses.length === 0) return `${name} has no address`
    for (const { address } of addresses) {
      const reason = guard.refusal(address)
      if (reason !== null) return `${name} is ${address}, which ${reason} and may not be called`
    }
    return null
  }

  // One underneath all of them, because it remembers TLS sessions.
  const connect = buildConnector({
    // undici's own timer ticks every half second; the one below is exact.
    timeout: 0,
    lookup: checkedLookup,
    // Several addresses are tried in turn, as browsers do; also makes Node ask `lookup` for all of them.
    autoSelectFamily: true,
    // `ca` replaces the usual authorities, so they are named with it.
    ...(options.extraCertificates === undefined ? {} : { ca: [...rootCertificates, ...options.extraCertificates] }),
  }) as (...args: Parameters<buildConnector.connector>) => Socket

  return (dialled) => (target, callback) => {
    dialled(null)
    // Node looks no name up for a literal address, so `checkedLookup` never sees one.
    const reason = isIP(target.hostname) === 0 ? null : guard.refusal(target.hostname)
    if (reason !== null) {
      callback(new ConnectFailure(`${target.hostname} ${reason} and may not be called`), null)
      return
    }
    const socket = connect({ ...target, servername: serverName(target) }, (error, connected) => {
      clearTimeout(timer)
      if (error !== null) return callback(error, null)
      if (connected.remoteAddress !== undefined) dialled(connected.remoteAddress)
      callback(null, connected)
    })
    socket.on('connectionAttempt', (address: string) => dialled(address))
    const timer = setTimeout(
      () => socket.destroy(new ConnectFailure(`no connection within ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    )
  }
}

/** The name for TLS: without the dot that may end it in a URL; none for an address. */
function serverName({ hostname }: buildConnector.Options): string {
  return isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : ''
}
