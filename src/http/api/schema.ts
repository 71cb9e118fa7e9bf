/**
 * What may stand in a parameter, a body or an answer: the part of JSON Schema that the JSON door needs, as plain objects.
 * They are checked against (`check-value.ts`) and written into the OpenAPI document as they are.
 */
export interface JsonSchema {
  /** Of a shape that has a name of its own in the document, and is written there once. */
  readonly title?: string
  readonly type?: JsonType | readonly JsonType[]
  /** For readers of the document. */
  readonly description?: string
  readonly examples?: readonly unknown[]
  readonly default?: unknown
  /** For readers and generators of clients; not checked. */
  readonly format?: 'date-time' | 'uri' | 'binary'
  readonly enum?: readonly (string | number | null)[]
  /** Characters, not bytes or units of UTF-16. */
  readonly minLength?: number
  readonly maxLength?: number
  /** Of ECMAScript, with the flag `u`. What it asks for is said by `description`. */
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  /** Without it a field that is not among `properties` is refused. */
  readonly additionalProperties?: JsonSchema
  readonly maxProperties?: number
  /** Exactly one of several shapes, told apart by their types. */
  readonly oneOf?: readonly JsonSchema[]
}

export type JsonType = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array' | 'null'

/** A schema that also allows `null`. */
export function nullable(schema: JsonSchema): JsonSchema {
  const { type } = schema
  if (type === undefined) return { oneOf: [schema, { type: 'null' }] }
  return {
    ...schema,
    type: [...[type].flat(), 'null'] as readonly JsonType[],
    ...(schema.enum === undefined ? {} : { enum: [...schema.enum, null] }),
  }
}

/** An object whose fields are all always there: what answers are made of. */
export function always(properties: Readonly<Record<string, JsonSchema>>, description?: string): JsonSchema {
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    properties,
    required: Object.keys(properties),
  }
}

/** A moment in UTC: `2026-03-02T02:20:00.000Z`. */
export const moment: JsonSchema = { type: 'string', format: 'date-time', examples: ['2026-03-02T02:20:00.000Z'] }

/** A moment as answers say it; `null` until it is. */
export function timeOf(ms: number): string
export function timeOf(ms: number | null): string | null
export function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
