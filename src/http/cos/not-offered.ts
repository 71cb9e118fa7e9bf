import { Failure } from '../../base/index.ts'
import { refusedSwitches } from '../../images/index.ts'
import type { Exchange } from '../exchange.ts'
import type { Resource } from './operation.ts'

/**
 * Parameters that turn a request into another operation, with the name under which the operation is known. Anything
 * else in a query is ignored, as the protocol has it: SDKs add empty and unknown parameters.
 */
const operationOf: Readonly<Record<string, string>> = {
  accelerate: 'global acceleration',
  append: 'Append Object',
  domain: 'custom domains',
  encryption: 'bucket encryption',
  intelligenttiering: 'intelligent tiering',
  inventory: 'inventories',
  lifecycle: 'lifecycle rules',
  logging: 'access logs',
  notification: 'bucket notifications',
  'object-lock': 'object locks',
  objectlock: 'object locks',
  origin: 'back-to-origin rules',
  policy: 'bucket policies',
  referer: 'hotlink protection',
  replication: 'replication',
  restore: 'Restore Object',
  select: 'Select Object Content',
  tagging: 'tags',
  torrent: 'torrents',
  versioning: 'versioning',
  versions: 'versioning',
  website: 'static websites',
}

/** Methods of a resource that are an operation by themselves. */
const operationOfMethod: Readonly<Record<string, string>> = {
  'POST bucket': 'Post Object (HTML forms)',
}

/** Request headers that would change what is stored. Ignoring them would store something else than was asked for. */
const operationOfHeader: Readonly<Record<string, string>> = {
  'x-cos-server-side-encryption': 'server-side encryption',
  'x-cos-server-side-encryption-customer-algorithm': 'server-side encryption',
}

/** Fails with `NotOffered`, which names it, when a request asks for an operation that this server does not carry out. */
export function refuseNotOffered(exchange: Exchange): void {
  for (const name of exchange.query.names()) {
    if (Object.hasOwn(operationOf, name)) throw notOffered(operationOf[name]!, `?${name}`)
    if (Object.hasOwn(refusedSwitches, name)) {
      throw new Failure('NotOffered', `This server does not offer ?${name}: ${refusedSwitches[name]}.`)
    }
  }
  const version = exchange.query.first('versionId') ?? ''
  // Without versioning every object has one version, and its name is "null".
  if (version !== '' && version !== 'null') throw notOffered('versioning', '?versionId')
  if (exchange.query.first('list-type') === '2') throw notOffered('List Objects version 2', '?list-type=2')
  if (exchange.method === 'PUT' || exchange.method === 'POST') refuseHeaders(exchange)
}

/** The failure that names what a bare method of this resource would be; `null` when it would be nothing. */
export function operationNotOffered(resource: Resource, method: string): Failure | null {
  const operation = operationOfMethod[`${method} ${resource}`]
  return operation === undefined ? null : notOffered(operation, `${method} /`)
}

function refuseHeaders(exchange: Exchange): void {
  for (const [name, operation] of Object.entries(operationOfHeader)) {
    if ((exchange.headers[name] ?? '') !== '') throw notOffered(operation, name)
  }
}

export function notOffered(operation: string, where: string): Failure {
  return new Failure('NotOffered', `This server does not offer ${operation} (${where}).`)
}
