import { createHash } from 'node:crypto'
import { type Selectable, sql } from 'kysely'
import { Failure } from '../base/index.ts'
import type { SecretOwner, SecretRecord, SigningSecret, SigningStore } from '../callbacks/index.ts'
import type { CallbackOptions } from '../wire/index.ts'
import type { Ledger } from './ledger.ts'
import { callbackGround } from './queries/callback-ground.ts'
import { dropSecrets, ownerOf, purposeOf } from './queries/drop-secrets.ts'
import type { Tables } from './tables.ts'

type Row = Selectable<Tables['secrets']>

export function sqlSigningStore(ledger: Ledger): SigningStore {
  const { db, now } = ledger

  /** The newest first. */
  const valid = (): Promise<Row[]> =>
    db
      .selectFrom('secrets')
      .selectAll()
      .where((eb) => eb('purpose', '=', 'webhook').or('purpose', 'like', 'webhook %'))
      .where((eb) => eb('retires_at', 'is', null).or('retires_at', '>', now()))
      .orderBy('created_at', 'desc')
      .orderBy('value')
      .execute()

  return {
    async findSigning() {
      const server: SigningSecret[] = []
      const queues: Record<string, SigningSecret[]> = {}
      const workflows: Record<string, SigningSecret[]> = {}
      for (const row of await valid()) {
        const owner = ownerOf(row.purpose)
        const secret = { value: row.value, retiresAt: row.retires_at }
        if (owner.kind === 'server') server.push(secret)
        else {
          const owners = owner.kind === 'queue' ? queues : workflows
          owners[owner.id] = [...(owners[owner.id] ?? []), secret]
        }
      }
      const rows = await db
        .selectFrom('queues')
        .select(['id', 'callbacks_json'])
        .where('callbacks_json', 'is not', null)
        .execute()
      const headers = rows.flatMap(({ id, callbacks_json }) => {
        const options = JSON.parse(callbacks_json!) as CallbackOptions
        return options.headers.length === 0 ? [] : [[id, options.headers] as const]
      })
      return { server, queues, workflows, headers: Object.fromEntries(headers) }
    },

    async listSecrets() {
      const records = (await valid()).map(
        (row): SecretRecord => ({
          owner: ownerOf(row.purpose),
          fingerprint: createHash('sha256').update(row.value).digest('hex').slice(0, 12),
          createdAt: row.created_at,
          retiresAt: row.retires_at,
        }),
      )
      // Sorting keeps the order of equals: the newest of each owner first.
      return records.sort((one, other) => compare(purposeOf(one.owner), purposeOf(other.owner)))
    },

    async rotateSecret(owner, value, keepOldMs) {
      // Two that rotate at once do it one after the other.
      if (ledger.concurrent) await sql`lock table secrets in share row exclusive mode`.execute(db)
      await refuseUnknown(ledger, owner)
      const purpose = purposeOf(owner)
      const [before, ...older] = await db
        .selectFrom('secrets')
        .selectAll()
        .where('purpose', '=', purpose)
        .orderBy('created_at', 'desc')
        .orderBy('value')
        .execute()
      if (before?.value === value) throw new Failure('InvalidArgument', 'This secret is the newest one already.')
      const at = Math.max(now(), (before?.created_at ?? 0) + 1)
      const gone = keepOldMs > 0 ? older : [...(before === undefined ? [] : [before]), ...older]
      for (const row of gone) {
        await db.deleteFrom('secrets').where('purpose', '=', purpose).where('value', '=', row.value).execute()
      }
      if (before !== undefined && keepOldMs > 0) {
        await db
          .updateTable('secrets')
          .set({ retires_at: Math.min(before.retires_at ?? Number.MAX_SAFE_INTEGER, now() + keepOldMs) })
          .where('purpose', '=', purpose)
          .where('value', '=', before.value)
          .execute()
      }
      await db.insertInto('secrets').values({ purpose, value, created_at: at, retires_at: null }).execute()
      ledger.wake('signing')
    },

    removeSecrets: (owner) => dropSecrets(ledger, [owner]),

    findGround: (owner) => callbackGround(ledger, owner),
  }
}

async function refuseUnknown({ db }: Ledger, owner: SecretOwner): Promise<void> {
  if (owner.kind === 'server') return
  const table = owner.kind === 'queue' ? 'queues' : 'workflows'
  const row = await db.selectFrom(table).select('id').where('id', '=', owner.id).executeTakeFirst()
  if (row !== undefined) return
  throw owner.kind === 'queue'
    ? new Failure('QueueNotFound', `There is no queue ${owner.id}.`)
    : new Failure('WorkflowNotFound', `There is no workflow ${owner.id}.`)
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
