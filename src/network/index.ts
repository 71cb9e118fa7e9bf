export { type AddressGuard, type AddressGuardOptions, addressGuard, listensOnLoopback } from './address-guard.ts'
export { checkCallbackUrl, MAX_CALLBACK_URL_LENGTH } from './check-callback-url.ts'
export { ConnectFailure, type GuardedConnectorOptions, guardedConnectors } from './guarded-connector.ts'
export { type AddressRange, type IpAddress, isWithin, parseIp, parseRange } from './ip-address.ts'
export type { LookUpName } from './name-lookup.ts'
export {
  type OutboundAnswer,
  type OutboundRequest,
  OutboundRequests,
  type OutboundRequestsOptions,
} from './outbound-requests.ts'
export { readPrivateAuthorities } from './private-authorities.ts'
export { parseTargetUrl, type TargetUrl } from './target-url.ts'
