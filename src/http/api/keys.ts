import { Failure } from '../../base/index.ts'
import {
  type AccessKey,
  type Grant,
  type KeyDesk,
  type KeyKind,
  type Permission,
  permissions,
  temporarySeconds,
} from '../../keys/index.ts'
import { readTime } from '../../wire/index.ts'
import { type ApiRoute, route } from './route.ts'
import { always, type JsonSchema, moment, nullable, timeOf } from './schema.ts'

export interface KeyDeps {
  readonly keyDesk: KeyDesk
}

const bucketsSchema: JsonSchema = {
  type: 'array',
  description: 'Names of buckets; a `*` stands for any characters. `*` alone is every bucket, and the server itself.',
  items: {
    type: 'string',
    pattern: '^[a-z0-9*-]{1,80}$',
    description: 'the name of a bucket: 1 to 80 lower-case letters, digits, hyphens and stars',
  },
  minItems: 1,
  maxItems: 20,
}
const permissionsSchema: JsonSchema = {
  type: 'array',
  description: '`administer` includes the others.',
  items: { type: 'string', enum: permissions },
  minItems: 1,
  maxItems: 4,
}

const keySchema = always({
  id: { type: 'string', description: 'The SecretId of a key pair.' },
  name: { type: 'string' },
  buckets: { type: 'array', items: { type: 'string' } },
  permissions: { type: 'array', items: { type: 'string', enum: permissions } },
  disabled: { type: 'boolean' },
  created: nullable(moment),
  expires: nullable(moment),
  lastUsed: nullable(moment),
})

function keyJson({ id, name, grant, isDisabled, createdAt, expiresAt, lastUsedAt }: AccessKey) {
  return {
    id,
    name,
    buckets: grant.buckets,
    permissions: grant.permissions,
    disabled: isDisabled,
    // Nobody knows since when the pair of the settings is there.
    created: createdAt === 0 ? null : timeOf(createdAt),
    expires: timeOf(expiresAt),
    lastUsed: timeOf(lastUsedAt),
  }
}

interface NewKeyBody {
  readonly name: string
  readonly buckets: readonly string[]
  readonly permissions: readonly Permission[]
  readonly expires?: string | null
}

const newKeyFields: Readonly<Record<string, JsonSchema>> = {
  name: {
    type: 'string',
    pattern: '^[^\\p{Cc}]{1,128}$',
    description: '1 to 128 characters, none of them a control character',
    examples: ['web shop'],
  },
  buckets: bucketsSchema,
  permissions: permissionsSchema,
  expires: { ...nullable(moment), description: 'From then on it is refused. Without it the key never ends.' },
}

const newKey = ({ name, buckets, permissions, expires }: NewKeyBody) => ({
  name,
  grant: grantOf(buckets, permissions),
  expiresAt: expires == null ? null : readTime('expires', expires),
})

/** Said once each. */
function grantOf(buckets: readonly string[], permissions: readonly Permission[]): Grant {
  return { buckets: [...new Set(buckets)], permissions: [...new Set(permissions)] }
}

interface KindOfKey {
  readonly kind: KeyKind
  /** Of the path, and of the list in its answer. */
  readonly word: 'keys' | 'tokens'
  readonly one: string
  readonly many: string
}

/** What is alike for key pairs and tokens. */
function routesOf({ kind, word, one, many }: KindOfKey): readonly ApiRoute<KeyDeps>[] {
  const name = kind === 'pair' ? 'Key' : 'Token'
  const path = `/-/api/${word}/{id}`
  const pathParameters = { id: { says: kind === 'pair' ? 'The SecretId.' : 'The id of the token.' } }
  return [
    route<KeyDeps>({
      method: 'GET',
      path: `/-/api/${word}`,
      name: `list${name}s`,
      subject: 'keys',
      summary: `All ${many}, oldest first, without their secrets.`,
      permission: 'administer',
      answer: { says: `The ${many}.`, schema: always({ [word]: { type: 'array', items: keySchema } }) },
      carryOut: ({ answer }, { keyDesk }) => answer({ [word]: keyDesk.list(kind).map(keyJson) }),
    }),
    route<KeyDeps, { path: { id: string }; body: { disabled: boolean } }>({
      method: 'PATCH',
      path,
      name: `change${name}`,
      subject: 'keys',
      summary: `Switches a ${one} off, or on again.`,
      description: 'On this server at once, on others of the same ledger within seconds.',
      permission: 'administer',
      pathParameters,
      body: { schema: always({ disabled: { type: 'boolean' } }) },
      answer: { says: `The ${one}.`, schema: keySchema },
      async carryOut({ path, body, answer }, { keyDesk }) {
        await answer(keyJson(await keyDesk.setDisabled(kind, path.id, body.disabled)))
      },
    }),
    route<KeyDeps, { path: { id: string } }>({
      method: 'DELETE',
      path,
      name: `delete${name}`,
      subject: 'keys',
      summary: `Takes a ${one} away.`,
      permission: 'administer',
      pathParameters,
      answer: { status: 204, says: 'It is gone.' },
      async carryOut({ path, exchange }, { keyDesk }) {
        await keyDesk.remove(kind, path.id)
        await exchange.answerEmpty(204)
      },
    }),
  ]
}

interface TemporaryBody {
  readonly buckets?: readonly string[]
  readonly permissions?: readonly Permission[]
  readonly seconds?: number
}

export const keyRoutes: readonly ApiRoute<KeyDeps>[] = [
  ...routesOf({ kind: 'pair', word: 'keys', one: 'key pair', many: 'key pairs' }),
  route<KeyDeps, { body: NewKeyBody & { secretId?: string; secretKey?: string } }>({
    method: 'POST',
    path: '/-/api/keys',
    name: 'makeKey',
    subject: 'keys',
    summary: 'Makes a key pair. Its SecretKey is told here, and never again.',
    permission: 'administer',
    body: {
      schema: {
        type: 'object',
        properties: {
          ...newKeyFields,
          secretId: {
            type: 'string',
            pattern: '^[\\w-]{1,128}$',
            description: '1 to 128 letters, digits, - or _',
          },
          secretKey: {
            type: 'string',
            pattern: '^\\S{16,256}$',
            description: '16 to 256 characters without blanks',
          },
        },
        required: ['name', 'buckets', 'permissions'],
        description: 'A pair that programs have already is given with `secretId` and `secretKey`.',
      },
    },
    answer: {
      status: 201,
      says: 'The key pair.',
      schema: { ...keySchema, properties: { ...keySchema.properties, secretKey: { type: 'string' } } },
    },
    async carryOut({ body, answer }, { keyDesk }) {
      const { secretId, secretKey } = body
      const given = secretId === undefined || secretKey === undefined ? null : { secretId, secretKey }
      if (given === null && (secretId ?? secretKey) !== undefined) {
        const [there, missing] = secretId === undefined ? ['secretKey', 'secretId'] : ['secretId', 'secretKey']
        throw invalid(missing, `${there} is given without ${missing}, expected both or none.`)
      }
      const made = await keyDesk.makePair(newKey(body), given)
      await answer({ ...keyJson(made.key), secretKey: made.secretKey }, { status: 201 })
    },
  }),
  ...routesOf({ kind: 'token', word: 'tokens', one: 'token', many: 'tokens' }),
  route<KeyDeps, { body: NewKeyBody }>({
    method: 'POST',
    path: '/-/api/tokens',
    name: 'makeToken',
    subject: 'keys',
    summary: 'Makes a token for `Authorization: Bearer`. Its text is told here, and never again.',
    permission: 'administer',
    body: { schema: { type: 'object', properties: newKeyFields, required: ['name', 'buckets', 'permissions'] } },
    answer: {
      status: 201,
      says: 'The token.',
      schema: { ...keySchema, properties: { ...keySchema.properties, token: { type: 'string' } } },
    },
    async carryOut({ body, answer }, { keyDesk }) {
      const { key, token } = await keyDesk.makeToken(newKey(body))
      await answer({ ...keyJson(key), token }, { status: 201 })
    },
  }),
  route<KeyDeps, { body: TemporaryBody | undefined }>({
    method: 'POST',
    path: '/-/api/temporary-keys',
    name: 'makeTemporaryKey',
    subject: 'keys',
    summary: 'Makes a key pair that ends by itself, with the security token that belongs to it.',
    description:
      'It may no more than the key it was made with, and ends with it. Every request signed with it carries the token in the header `x-cos-security-token` or `x-ci-security-token`, or in a parameter of that name.',
    permission: 'read',
    picksOut: true,
    body: {
      isOptional: true,
      schema: {
        type: 'object',
        properties: {
          buckets: bucketsSchema,
          permissions: permissionsSchema,
          seconds: {
            type: 'integer',
            minimum: temporarySeconds.least,
            maximum: temporarySeconds.most,
            default: temporarySeconds.default,
            description: 'How long it is good for.',
          },
        },
        description: 'What is left out is as for the key that asks.',
      },
    },
    answer: {
      status: 201,
      says: 'The temporary key.',
      schema: always({
        secretId: { type: 'string' },
        secretKey: { type: 'string' },
        securityToken: { type: 'string' },
        buckets: { type: 'array', items: { type: 'string' } },
        permissions: { type: 'array', items: { type: 'string', enum: permissions } },
        expires: moment,
      }),
    },
    async carryOut({ exchange, body = {}, answer }, { keyDesk }) {
      const { buckets, permissions, seconds = temporarySeconds.default } = body
      const asked = {
        buckets: buckets === undefined ? null : [...new Set(buckets)],
        permissions: permissions === undefined ? null : [...new Set(permissions)],
      }
      const { secretId, secretKey, token, grant, expiresAt } = keyDesk.makeTemporary(exchange.requester, asked, seconds)
      await answer({ secretId, secretKey, securityToken: token, ...grant, expires: timeOf(expiresAt) }, { status: 201 })
    },
  }),
]

function invalid(field: string, message: string): Failure {
  return new Failure('InvalidArgument', message, { details: { field } })
}
