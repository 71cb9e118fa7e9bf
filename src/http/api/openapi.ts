import { apiResponseTo } from './api-failure.ts'
import type { ApiAnswer, ApiBody, ApiParameter, ApiRoute } from './route.ts'
import { always, type JsonSchema } from './schema.ts'

/** Of the calls, not of the program: it changes when one of them does. */
const VERSION = '1.0'

type Json = { readonly [name: string]: unknown }

/** The OpenAPI 3.1 document of the JSON door, made of its routes. */
export function openApiDocument(routes: readonly ApiRoute<never>[]): Json {
  const named = new Map<string, Json>()
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, named) }
  }
  named.set('Refusal', written(refusalSchema, named))
  return {
    openapi: '3.1.0',
    info: {
      title: 'Pixmill',
      version: VERSION,
      summary: 'The JSON door of an image-processing job server.',
      description:
        'Every call is signed as the protocol signs, or carries a token: `Authorization: Bearer …`. What is refused is answered with the same codes as by the doors of the protocol. Times are UTC. Fields are added, never renamed.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, { signature: [] }],
    tags: [...new Set(routes.map(({ subject }) => subject))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'The signature of the protocol: `q-sign-algorithm=sha1&q-ak=…`.',
        },
      },
      schemas: Object.fromEntries([...named].sort(([one], [other]) => (one < other ? -1 : 1))),
    },
  }
}

const told = always({
  error: { type: 'string', description: "The protocol's code.", examples: ['NoSuchBucket'] },
  message: { type: 'string' },
  requestId: { type: 'string', description: 'Of this call; the log of the server has it, too.' },
})

/** What every refusal of the JSON door is. */
export const refusalSchema: JsonSchema = {
  ...told,
  properties: {
    ...told.properties,
    field: { type: 'string', description: 'What of the call is refused, when it is one field.' },
  },
}

function operationOf(route: ApiRoute<never>, named: Map<string, Json>): Json {
  const { answer, body } = route
  const description = [route.description, `Needs the permission \`${route.permission}\`.`].filter(Boolean).join(' ')
  return {
    operationId: route.name,
    tags: [route.subject],
    summary: route.summary,
    description,
    parameters: [
      ...Object.entries(route.pathParameters ?? {}).map(([name, { says }]) => ({
        name,
        in: 'path',
        required: true,
        description: says,
        schema: { type: 'string' },
      })),
      ...Object.entries(route.query ?? {}).map(([name, one]) => parameterOf(name, one, named)),
    ],
    ...(body === undefined ? {} : { requestBody: bodyOf(body, named) }),
    responses: { [answer.status ?? 200]: answerOf(answer, named), default: refusedAnswer },
  }
}

function parameterOf(name: string, { schema, says, required }: ApiParameter, named: Map<string, Json>): Json {
  return {
    name,
    in: 'query',
    ...(required ? { required } : {}),
    description: says,
    // A list is written with commas.
    ...(schema.type === 'array' ? { style: 'form', explode: false } : {}),
    schema: written(schema, named),
  }
}

function bodyOf(body: ApiBody, named: Map<string, Json>): Json {
  if ('bytes' in body) {
    return { description: body.bytes, required: true, content: { 'application/octet-stream': {} } }
  }
  return {
    required: body.isOptional !== true,
    content: { 'application/json': { schema: written(body.schema, named, true) } },
  }
}

function answerOf({ says, schema, contentType }: ApiAnswer, named: Map<string, Json>): Json {
  if (schema !== undefined) {
    return { description: says, content: { 'application/json': { schema: written(schema, named) } } }
  }
  return { description: says, ...(contentType === undefined ? {} : { content: { [contentType]: {} } }) }
}

const refusedAnswer: Json = {
  description: `It was refused: ${apiResponseTo({ code: 'InvalidArgument' }).status} for a call that is not as it should be, 401 and 403 for who may not, 404 for what is not there, 503 for later.`,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Refusal' } } },
}

/**
 * A schema as it stands in the document: those with a title once, among the components.
 *
 * @param isClosed of a body: fields that are not named are refused. In answers they are to be expected
 */
function written(schema: JsonSchema, named: Map<string, Json>, isClosed = false): Json {
  const { title, items, properties, additionalProperties, oneOf, ...rest } = schema
  const inside: Json = {
    ...rest,
    ...(items === undefined ? {} : { items: written(items, named, isClosed) }),
    ...(oneOf === undefined ? {} : { oneOf: oneOf.map((one) => written(one, named, isClosed)) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, one]) => [name, written(one, named, isClosed)] as const),
          ),
        }),
    ...(additionalProperties === undefined
      ? isClosed && properties !== undefined
        ? { additionalProperties: false }
        : {}
      : { additionalProperties: written(additionalProperties, named, isClosed) }),
  }
  if (title === undefined) return inside
  named.set(title, inside)
  return { $ref: `#/components/schemas/${title}` }
}
