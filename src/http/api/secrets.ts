import { Failure } from '../../base/index.ts'
import { KEEP_OLD_SECRET_MS, type SecretOwner, type SecretRecord, type SigningBook } from '../../callbacks/index.ts'
import { route } from './route.ts'
import { always, type JsonSchema, moment, nullable, timeOf } from './schema.ts'

export interface SecretDeps {
  readonly signing: Pick<SigningBook, 'list' | 'rotate' | 'remove' | 'refusal' | 'isGiven'>
}

interface OwnerAsked {
  readonly queue?: string
  readonly workflow?: string
}

const MONTH_SECONDS = 30 * 86_400
const id = (what: string): JsonSchema => ({ type: 'string', minLength: 1, maxLength: 128, description: what })
const ownerFields = {
  queue: id('The id of a queue: the secret of its callbacks.'),
  workflow: id('The id of a workflow: the secret of the callbacks of its runs.'),
}
const ownerSchema = {
  queue: nullable({ type: 'string' }),
  workflow: nullable({ type: 'string', description: 'Neither: the secret of the server.' }),
}

export const secretRoutes = [
  route<SecretDeps>({
    method: 'GET',
    path: '/-/api/secrets',
    name: 'listSecrets',
    subject: 'secrets',
    summary: 'What callbacks are signed with, without the secrets themselves.',
    permission: 'administer',
    answer: {
      says: 'All that are valid now: those of the server, then those of queues and workflows, the newest first.',
      schema: always({
        secrets: {
          type: 'array',
          items: always({
            ...ownerSchema,
            fingerprint: { type: 'string', description: 'The beginning of its SHA-256.' },
            createTime: moment,
            retireTime: nullable({ ...moment, description: 'Until when it signs beside the newer one.' }),
          }),
        },
        givenBySettings: {
          type: 'boolean',
          description:
            'Whether the secret of the server is set by `PIXMILL_WEBHOOK_SECRET`; then it is not in the list.',
        },
      }),
    },
    async carryOut({ answer }, { signing }) {
      await answer({ secrets: (await signing.list()).map(secretJson), givenBySettings: signing.isGiven })
    },
  }),
  route<SecretDeps, { body: OwnerAsked & { keepOldSeconds?: number } }>({
    method: 'POST',
    path: '/-/api/secrets/rotate',
    name: 'rotateSecret',
    subject: 'secrets',
    summary: 'Make a new secret, of the server or of a queue or workflow, and say it: once, and never again.',
    description: 'Until the old one retires, callbacks carry a signature of each. Servers need no restart.',
    permission: 'administer',
    body: {
      schema: {
        type: 'object',
        properties: {
          ...ownerFields,
          keepOldSeconds: {
            type: 'integer',
            minimum: 0,
            maximum: MONTH_SECONDS,
            description: `How long the old one goes on signing; ${KEEP_OLD_SECRET_MS / 1_000} unless told.`,
          },
        },
      },
    },
    answer: {
      says: 'The new secret.',
      schema: always({ ...ownerSchema, secret: { type: 'string', description: '`whsec_…`' } }),
    },
    async carryOut({ body, answer }, { signing }) {
      const { keepOldSeconds } = body
      const owner = ownerOf(body)
      const keepOld = keepOldSeconds === undefined ? {} : { keepOldMs: keepOldSeconds * 1_000 }
      await answer({ ...ownerJson(owner), secret: await signing.rotate(owner, keepOld) })
    },
  }),
  route<SecretDeps, { body: OwnerAsked }>({
    method: 'POST',
    path: '/-/api/secrets/remove',
    name: 'removeSecrets',
    subject: 'secrets',
    summary: 'Take the secrets of a queue or workflow away: what is above it signs again.',
    permission: 'administer',
    body: { schema: { type: 'object', properties: ownerFields } },
    answer: { says: 'How many there were.', schema: always({ removed: { type: 'integer', minimum: 0 } }) },
    async carryOut({ body, answer }, { signing }) {
      const owner = ownerOf(body)
      if (owner.kind === 'server') {
        throw new Failure('InvalidArgument', 'queue and workflow are missing, expected one of them.', {
          details: { field: 'queue' },
        })
      }
      await answer({ removed: await signing.remove(owner) })
    },
  }),
  route<SecretDeps, { body: { id: string; timestamp: string; signature: string; body: string } }>({
    method: 'POST',
    path: '/-/api/secrets/verify',
    name: 'verifyCallback',
    subject: 'secrets',
    summary: 'Whether a callback that somebody received was signed by this server, just now.',
    description: 'For a program on the same side that should not know the secrets, such as `pixmill listen`.',
    permission: 'read',
    body: {
      maxBytes: 2 * 1024 * 1024,
      schema: {
        type: 'object',
        properties: {
          id: { type: 'string', maxLength: 256, description: '`webhook-id`' },
          timestamp: { type: 'string', maxLength: 32, description: '`webhook-timestamp`' },
          signature: { type: 'string', maxLength: 4096, description: '`webhook-signature`' },
          body: { type: 'string', pattern: '^[A-Za-z0-9+/]*={0,2}$', description: 'Its bytes, in Base64.' },
        },
        required: ['id', 'timestamp', 'signature', 'body'],
      },
    },
    answer: {
      says: 'Whether it was.',
      schema: always({
        verified: { type: 'boolean' },
        reason: nullable({ type: 'string', description: 'Why not, in words.' }),
      }),
    },
    async carryOut({ body: { id: webhookId, timestamp, signature, body }, answer }, { signing }) {
      const reason = signing.refusal({
        headers: { 'webhook-id': webhookId, 'webhook-timestamp': timestamp, 'webhook-signature': signature },
        body: Buffer.from(body, 'base64'),
      })
      await answer({ verified: reason === null, reason })
    },
  }),
]

function ownerOf({ queue, workflow }: OwnerAsked): SecretOwner {
  if (queue !== undefined && workflow !== undefined) {
    throw new Failure('InvalidArgument', 'queue and workflow are both given, expected at most one of them.', {
      details: { field: 'workflow' },
    })
  }
  if (queue !== undefined) return { kind: 'queue', id: queue }
  return workflow === undefined ? { kind: 'server' } : { kind: 'workflow', id: workflow }
}

function ownerJson(owner: SecretOwner) {
  return {
    queue: owner.kind === 'queue' ? owner.id : null,
    workflow: owner.kind === 'workflow' ? owner.id : null,
  }
}

function secretJson({ owner, fingerprint, createdAt, retiresAt }: SecretRecord) {
  return { ...ownerJson(owner), fingerprint, createTime: timeOf(createdAt), retireTime: timeOf(retiresAt) }
}
