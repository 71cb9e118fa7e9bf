export { authenticate, bearerTokenOf, checkOneAuthorization, keySaid } from './authenticate.ts'
export { FailureBrake } from './failure-brake.ts'
export {
  authorityOf,
  imageRule,
  type ParsedTarget,
  parameterValue,
  parseTarget,
  pathOfRefused,
  type QueryParameter,
} from './raw-target.ts'
export type { RawHeaders } from './readings.ts'
export { type KeyPair, presignUrl, type RequestToSign, type SignedTime, signRequest } from './sign-request.ts'
export type { Pair } from './signature.ts'
