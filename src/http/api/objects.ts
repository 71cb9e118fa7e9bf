import { Failure } from '../../base/index.ts'
import type { ObjectStore, StoredObject } from '../../objects/index.ts'
import { percentEncode } from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { knownBucket } from '../known-bucket.ts'
import { type ApiCall, type ApiParameter, route } from './route.ts'
import { always, type JsonSchema, moment, nullable, timeOf } from './schema.ts'

export interface ObjectDeps {
  readonly objects: Pick<ObjectStore, 'findBucket' | 'listObjects'>
  /** The door for objects. */
  handleObject(exchange: Exchange): Promise<void>
}

interface ObjectNamed {
  path: { bucket: string; key: string }
}

const text: JsonSchema = { type: 'string' }

const objectSchema: JsonSchema = {
  title: 'StoredObject',
  ...always({
    key: text,
    size: { type: 'integer', description: 'Bytes.' },
    etag: text,
    crc64: { type: 'string', description: 'CRC-64/XZ as a decimal number.' },
    contentType: text,
    updateTime: moment,
  }),
}

const objectPath = {
  bucket: { says: 'The name of a bucket, with its number.' },
  key: { says: 'The key of an object; its slashes stand as they are.', isRest: true },
} as const

const ruleParameter: ApiParameter = {
  schema: { type: 'string', minLength: 1, maxLength: 16_384, examples: ['imageMogr2/thumbnail/320x'] },
  says: 'Give the picture that this rule makes of it.',
}

export const objectRoutes = [
  route<
    ObjectDeps,
    { path: { bucket: string }; query: { prefix?: string; delimiter?: string; after?: string; limit: number } }
  >({
    method: 'GET',
    path: '/-/api/objects/{bucket}',
    name: 'listObjects',
    subject: 'objects',
    summary: 'The objects of a bucket, by key.',
    permission: 'read',
    pathParameters: { bucket: objectPath.bucket },
    query: {
      prefix: { schema: { type: 'string', maxLength: 850 }, says: 'Only those whose key begins so.' },
      delimiter: {
        schema: { type: 'string', maxLength: 850 },
        says: 'Keys that are the same up to the first one behind the prefix are told as one of `prefixes`.',
      },
      after: { schema: { type: 'string', maxLength: 850 }, says: 'The `next` of the page before.' },
      limit: {
        schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
        says: 'How many entries a page has.',
      },
    },
    answer: {
      says: 'A page of objects.',
      schema: always({
        objects: { type: 'array', items: objectSchema },
        prefixes: { type: 'array', items: text },
        next: nullable({ type: 'string', description: 'For `after`; `null` on the last page.' }),
      }),
    },
    async carryOut({ path, query, answer }, { objects }) {
      const { prefix = '', delimiter = '', after = '', limit } = query
      const bucket = await knownBucket(objects, path.bucket)
      const page = await objects.listObjects({ bucket, prefix, delimiter, marker: after, maxKeys: limit })
      await answer({ objects: page.objects.map(objectJson), prefixes: page.commonPrefixes, next: page.nextMarker })
    },
  }),
  route<ObjectDeps, ObjectNamed & { query: { rule?: string } }>({
    method: 'GET',
    path: '/-/api/objects/{bucket}/{key}',
    name: 'getObject',
    subject: 'objects',
    summary: 'The bytes of an object, or a picture that is made of it.',
    description: 'Conditions and ranges are heeded as by the object door.',
    permission: 'read',
    pathParameters: objectPath,
    query: { rule: ruleParameter },
    answer: { says: 'The bytes.', contentType: 'application/octet-stream' },
    carryOut: (call, deps) => byTheObjectDoor(call, deps, asQuery(call.query.rule)),
  }),
  route<ObjectDeps, ObjectNamed>({
    method: 'HEAD',
    path: '/-/api/objects/{bucket}/{key}',
    name: 'headObject',
    subject: 'objects',
    summary: 'What the headers say of an object, without its bytes.',
    permission: 'read',
    pathParameters: objectPath,
    answer: { says: 'Its size, its type, its ETag.' },
    carryOut: (call, deps) => byTheObjectDoor(call, deps),
  }),
  route<ObjectDeps, ObjectNamed>({
    method: 'PUT',
    path: '/-/api/objects/{bucket}/{key}',
    name: 'putObject',
    subject: 'objects',
    summary: 'Writes an object, in the place of the one that has this key.',
    description: 'Starts the workflows that it matches, as any upload does. `Content-MD5` is checked when it is there.',
    permission: 'write',
    pathParameters: objectPath,
    body: { bytes: 'The bytes of the object, of any length.' },
    answer: { says: 'The header `ETag` says what was written.' },
    carryOut: (call, deps) => byTheObjectDoor(call, deps),
  }),
  route<ObjectDeps, ObjectNamed>({
    method: 'DELETE',
    path: '/-/api/objects/{bucket}/{key}',
    name: 'deleteObject',
    subject: 'objects',
    summary: 'Deletes an object. Deleting what is not there is not a failure.',
    permission: 'write',
    pathParameters: objectPath,
    answer: { status: 204, says: 'There is none now.' },
    carryOut: (call, deps) => byTheObjectDoor(call, deps),
  }),
]

/** Has a call carried out by the object door, so that an object is the same whichever way it is asked for. */
function byTheObjectDoor({ path, exchange }: ApiCall<ObjectNamed>, deps: ObjectDeps, rawQuery = ''): Promise<void> {
  const { bucket, key } = path
  // Without a key the same request would be about the bucket.
  if (key === '') throw new Failure('KeyInvalid', 'The path names no object, expected a key behind the bucket.')
  return deps.handleObject(exchange.asObjectRequest(bucket, `/${key}`, rawQuery))
}

/** A rule stands in a query as it is, but for what would end it. */
function asQuery(rule: string | undefined): string {
  return rule === undefined ? '' : rule.split('/').map(percentEncode).join('/')
}

function objectJson({ key, size, etag, crc64, contentType, lastModified }: StoredObject) {
  return { key, size, etag, crc64, contentType, updateTime: timeOf(lastModified) }
}
