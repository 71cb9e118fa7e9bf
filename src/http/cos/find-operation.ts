import { Failure } from '../../base/index.ts'
import { said } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { operationNotOffered, refuseNotOffered } from './not-offered.ts'
import type { CosOperation, Resource } from './operation.ts'
import { operations } from './operations.ts'

/**
 * Which operation of the storage protocol a request is: by what its path names, its method, a parameter that makes it
 * another operation, and a header that does. Parameters that mean nothing here are passed over, as the protocol has it:
 * SDKs add empty and unknown ones.
 *
 * @throws Failure `NotOffered`, naming it, for what this server does not carry out; `MethodNotAllowed`
 */
export function findOperation(exchange: Exchange): CosOperation {
  refuseNotOffered(exchange)
  const resource = resourceOf(exchange)
  const here = operations.filter((operation) => operation.on === resource)
  const parameter = subResourceOf(exchange, resource, here)
  refusePartOfNothing(exchange, resource, parameter)
  const ofParameter = here.filter((operation) => operation.parameter === parameter)
  const ofMethod = ofParameter.filter((operation) => operation.method === exchange.method)
  const found =
    ofMethod.find(({ header }) => header !== undefined && (exchange.headers[header] ?? '') !== '') ??
    ofMethod.find(({ header }) => header === undefined)
  if (found !== undefined) return found

  if (parameter === undefined) {
    const known = operationNotOffered(resource, exchange.method)
    if (known !== null) throw known
  }
  const allow = [...new Set(ofParameter.map(({ method }) => method))].join(', ')
  throw new Failure('MethodNotAllowed', `${exchange.method} is not allowed here, expected one of ${allow}`, {
    details: { allow },
  })
}

/** A part whose upload was forgotten would overwrite the object with itself. */
function refusePartOfNothing({ method, query }: Exchange, resource: Resource, parameter: string | undefined): void {
  const number = query.first('partNumber') ?? ''
  if (resource !== 'object' || method !== 'PUT' || parameter !== undefined || number === '') return
  throw new Failure('InvalidArgument', `partNumber is ${said(number)}, expected an uploadId beside it`, {
    details: { field: 'partNumber' },
  })
}

function resourceOf({ bucket, key }: Exchange): Resource {
  if (bucket !== null) return key === '' ? 'bucket' : 'object'
  // Path style, and nothing where the bucket should stand: "//key".
  if (key !== '') throw new Failure('BucketNotFound', 'The specified bucket does not exist.')
  return 'service'
}

const a: Readonly<Record<Resource, string>> = {
  service: 'the list of buckets',
  bucket: 'a bucket',
  object: 'an object',
}

/**
 * The parameter that makes a request another operation; one that does so elsewhere only (`?uploads` of the service)
 * does not belong here.
 */
function subResourceOf(
  { method, query }: Exchange,
  resource: Resource,
  here: readonly CosOperation[],
): string | undefined {
  for (const { parameter } of here) {
    if (parameter !== undefined && query.has(parameter)) return parameter
  }
  const named = operations.filter(({ parameter }) => parameter !== undefined && query.has(parameter))
  const elsewhere = named.find((operation) => operation.method === method) ?? named[0]
  if (elsewhere === undefined) return undefined
  const allow = [...new Set(here.filter(({ parameter }) => parameter === undefined).map(({ method }) => method))]
  const message = `?${elsewhere.parameter} (${elsewhere.name}) is for ${a[elsewhere.on]}, and this request is for ${a[resource]}.`
  throw new Failure('MethodNotAllowed', message, { details: { allow: allow.join(', ') } })
}
