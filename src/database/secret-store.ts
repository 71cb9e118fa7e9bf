import type { Ledger } from './ledger.ts'

/** Secrets the house makes for itself and must find again after a restart. */
export interface SecretStore {
  /** The secrets of a purpose, newest first; when there is none yet, `first` is kept and given. */
  secretsFor(purpose: 'webhook', first: string): Promise<string[]>
}

export function sqlSecretStore({ db, now }: Ledger): SecretStore {
  return {
    async secretsFor(purpose, first) {
      const rows = await db
        .selectFrom('secrets')
        .select('value')
        .where('purpose', '=', purpose)
        .orderBy('created_at', 'desc')
        .orderBy('value')
        .execute()
      if (rows.length > 0) return rows.map((row) => row.value)
      await db.insertInto('secrets').values({ purpose, value: first, created_at: now() }).execute()
      return [first]
    },
  }
}
