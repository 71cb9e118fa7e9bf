import type { Selectable } from 'kysely'
import { Failure } from '../base/index.ts'
import { type AccessKey, type KeptKey, type KeyKind, type KeyStore, MAX_KEYS, type Permission } from '../keys/index.ts'
import type { Ledger } from './ledger.ts'
import type { Tables } from './tables.ts'

export function sqlKeyStore({ db, now, wake }: Ledger): KeyStore {
  return {
    async keptKeys() {
      const rows = await db.selectFrom('access_keys').selectAll().orderBy('created_at').orderBy('id').execute()
      return rows.map(keptKey)
    },

    async keepKey({ id, kind, name, secret, grant, expiresAt }) {
      const { total } = await db
        .selectFrom('access_keys')
        .select((eb) => eb.fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow()
      if (total >= MAX_KEYS) {
        throw new Failure(
          'InvalidArgument',
          `There are ${total} keys and tokens already, expected fewer than ${MAX_KEYS}.`,
        )
      }
      const row = {
        id,
        kind,
        name,
        secret,
        buckets_json: JSON.stringify(grant.buckets),
        permissions_json: JSON.stringify(grant.permissions),
        created_at: now(),
        expires_at: expiresAt,
        is_disabled: 0,
        last_used_at: null,
      }
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('access_keys')
        .values(row)
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst()
      if (!numInsertedOrUpdatedRows) throw new Failure('KeyTaken', `There is a key ${id} already.`)
      wake('keys')
      return accessKey(row)
    },

    async setKeyDisabled(kind, id, isDisabled) {
      const row = await db
        .updateTable('access_keys')
        .set({ is_disabled: isDisabled ? 1 : 0 })
        .where('id', '=', id)
        .where('kind', '=', kind)
        .returningAll()
        .executeTakeFirst()
      if (row === undefined) throw notFound(kind, id)
      wake('keys')
      return accessKey(row)
    },

    async deleteKey(kind, id) {
      const { numDeletedRows } = await db
        .deleteFrom('access_keys')
        .where('id', '=', id)
        .where('kind', '=', kind)
        .executeTakeFirst()
      if (numDeletedRows === 0n) throw notFound(kind, id)
      wake('keys')
    },

    async noteKeyUses(uses) {
      // In one order everywhere, so that two servers never wait for each other.
      for (const { id, at } of [...uses].sort((a, b) => (a.id < b.id ? -1 : 1))) {
        await db
          .updateTable('access_keys')
          .set({ last_used_at: at })
          .where('id', '=', id)
          .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<', at)]))
          .execute()
      }
    },
  }
}

function notFound(kind: KeyKind, id: string): Failure {
  return new Failure('KeyNotFound', `There is no ${kind === 'pair' ? 'key pair' : 'token'} ${id}.`)
}

type Row = Selectable<Tables['access_keys']>

function accessKey(row: Omit<Row, 'secret'>): AccessKey {
  return {
    id: row.id,
    kind: row.kind as KeyKind,
    name: row.name,
    grant: {
      buckets: JSON.parse(row.buckets_json) as string[],
      permissions: JSON.parse(row.permissions_json) as Permission[],
    },
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    isDisabled: row.is_disabled === 1,
    lastUsedAt: row.last_used_at,
  }
}

function keptKey(row: Row): KeptKey {
  return { ...accessKey(row), secret: row.secret }
}
