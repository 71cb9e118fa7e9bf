export type { BucketClient } from './bucket-client.ts'
export { ClientFailure, UsageFailure } from './client-failure.ts'
export {
  addBucketOptions,
  addServerOptions,
  connect,
  connectTo,
  connectToBucket,
  dataDirOf,
  type ServerOptions,
} from './connect.ts'
export { elementAt, elementsOf, textAt, textOrNull } from './elements.ts'
export { type Place, ServerClient } from './server-client.ts'
