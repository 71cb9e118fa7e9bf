import { sql } from 'kysely'
import type { Ledger } from './ledger.ts'

/** `webhook`: what callbacks are signed with. `ledger id`: what a data folder knows its ledger by; one, never changed. */
export type SecretPurpose = 'webhook' | 'ledger id'

/** Secrets the house makes for itself and must find again after a restart. */
export interface SecretStore {
  /** The secrets of a purpose, newest first; when there is none yet, `first` is kept and given. */
  secretsFor(purpose: SecretPurpose, first: string): Promise<string[]>
}

export function sqlSecretStore({ db, now, concurrent }: Ledger): SecretStore {
  return {
    async secretsFor(purpose, first) {
      // Of two servers that start together, the second finds what the first one made.
      if (concurrent) await sql`lock table secrets in share row exclusive mode`.execute(db)
      const rows = await db
        .selectFrom('secrets')
        .select('value')
        .where('purpose', '=', purpose)
        .where((eb) => eb('retires_at', 'is', null).or('retires_at', '>', now()))
        .orderBy('created_at', 'desc')
        .orderBy('value')
        .execute()
      if (rows.length > 0) return rows.map((row) => row.value)
      await db.insertInto('secrets').values({ purpose, value: first, created_at: now() }).execute()
      return [first]
    },
  }
}
