import type { Permission } from '../../keys/index.ts'
import type { AnswerHeaders, Exchange } from '../exchange.ts'
import { MAX_API_BODY_BYTES } from '../exchange.ts'
import type { JsonSchema } from './schema.ts'

/** What a call asks for, once it has been read and checked against its route. */
export interface Asked {
  readonly path?: object
  readonly query?: object
  readonly body?: unknown
}

/** One call that was read and checked, and the way to answer it. */
export interface ApiCall<Call extends Asked = Asked> {
  readonly exchange: Exchange
  /** By the names of the route's path parameters, decoded. */
  readonly path: Call['path']
  /** By the names of the route's parameters; those with a default have it, others that were not given are absent. */
  readonly query: Call['query']
  /** `undefined` when the route takes none, or takes bytes: those are still to be read from the exchange. */
  readonly body: Call['body']
  /** Answers with JSON, 200 unless told. */
  answer(value: unknown, options?: { readonly status?: number; readonly headers?: AnswerHeaders }): Promise<void>
}

export interface ApiParameter {
  /** A `string`, `integer` or `boolean`, or an `array` of strings, which is written as a comma list. */
  readonly schema: JsonSchema
  readonly says: string
  /** Default: it may be left out. */
  readonly required?: true
}

export interface PathParameter {
  readonly says: string
  /** It is the rest of the path, slashes and all: an object key. */
  readonly isRest?: true
}

export type ApiBody =
  | { readonly schema: JsonSchema; readonly isOptional?: true; readonly maxBytes?: number }
  /** Bytes of any type, which the route reads itself. */
  | { readonly bytes: string }

export interface ApiAnswer {
  /** Default 200. */
  readonly status?: number
  readonly says: string
  /** Absent: no body, or one of `contentType`. */
  readonly schema?: JsonSchema
  readonly contentType?: string
}

/**
 * One call of the JSON door, as data: from it come the dispatch, the refusals and the OpenAPI document.
 *
 * A parameter called `bucket`, in the path, the query or the body, is the bucket that the call is about.
 */
export interface ApiRoute<Deps, Call extends Asked = Asked> {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `/-/api/jobs/{jobId}`. */
  readonly path: string
  /** A name of its own, for programs: `showJob`. */
  readonly name: string
  /** What it is about; the document groups routes by it: `jobs`. */
  readonly subject: string
  /** One line. */
  readonly summary: string
  /** What else is to be known. */
  readonly description?: string
  /** What the one who asks has to be allowed to do in the bucket that the call is about; in every one, when it is about none. */
  readonly permission: Permission
  /** A call about no bucket that anybody with a key may make: `carryOut` picks out what they may see (`exchange.requester`). */
  readonly picksOut?: true
  readonly pathParameters?: Readonly<Record<string, PathParameter>>
  readonly query?: Readonly<Record<string, ApiParameter>>
  readonly body?: ApiBody
  readonly answer: ApiAnswer
  carryOut(call: ApiCall<Call>, deps: Deps): Promise<void>
}

/** A route, with the types of what it is asked. */
export function route<Deps, Call extends Asked = Asked>(one: ApiRoute<Deps, Call>): ApiRoute<Deps> {
  return one
}

/** The longest body of a route, in bytes. */
export function maxBytesOf(body: ApiBody): number {
  return 'schema' in body ? (body.maxBytes ?? MAX_API_BODY_BYTES) : Number.POSITIVE_INFINITY
}

/** The bucket that most calls are about, as a parameter of the query. */
export const bucketParameter: ApiParameter = {
  schema: { type: 'string', minLength: 1, maxLength: 128 },
  says: 'The bucket, with its number: `album-1250000000`.',
  required: true,
}
