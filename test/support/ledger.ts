import { type FreshDatabase, freshDatabase } from './postgres/fresh-database.ts'

/** Where the ledger of a server under test is: the settings that say so, and how to take it away afterwards. */
export interface LedgerForTests {
  readonly environment: Readonly<Record<string, string>>
  /** The database, when it is one: the run on PostgreSQL, or a test that asked for it. */
  readonly database: FreshDatabase | null
  drop(): Promise<void>
}

/** Which ledger the journeys of this run use; the projects in `vitest.config.ts` say so. */
export const journeysRunOn: 'sqlite' | 'postgres' =
  process.env.PIXMILL_TEST_LEDGER === 'postgres' ? 'postgres' : 'sqlite'

/** A ledger that nobody else has. SQLite keeps it in the data folder, so there is nothing to say. */
export async function freshLedger(engine = journeysRunOn): Promise<LedgerForTests> {
  if (engine === 'sqlite') return { environment: {}, database: null, drop: async () => undefined }
  const database = await freshDatabase()
  return {
    environment: { PIXMILL_DATABASE_URL: database.url },
    database,
    drop: () => database.drop(),
  }
}
