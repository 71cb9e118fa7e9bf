import type { Setting } from '../base/index.ts'

export const databaseSettings = {
  databaseUrl: {
    kind: 'text',
    variable: 'PIXMILL_DATABASE_URL',
    default: null,
    secret: true,
    pattern: {
      regex: /^postgres(ql)?:\/\/\S+$/,
      expected: 'a URL such as postgres://user:password@host:5432/database',
    },
    says: 'A database of PostgreSQL 13 or newer that keeps the ledger; its tables are made and brought up to date at start. Reach it directly or through a pooler that keeps sessions, since locks and notifications belong to a session. Without it the ledger is a SQLite file in the data folder.',
  },
  databaseConnections: {
    kind: 'integer',
    variable: 'PIXMILL_DATABASE_CONNECTIONS',
    unit: null,
    min: 1,
    max: 1_000,
    default: 10,
    says: 'How many connections to PostgreSQL this server may use at once for its work; two more stay open for listening and for saying that it lives.',
  },
  unsafeSharedBlobFolder: {
    kind: 'switch',
    variable: 'PIXMILL_UNSAFE_SHARED_BLOB_FOLDER',
    default: false,
    says: 'Let several servers work on one PostgreSQL ledger and one data folder, for tests. Unsafe: nothing can check that they really see the same folder, and one that sees another finds none of the pictures the others have stored and fails their jobs; on a network file system a picture may be told before every machine can read it.',
  },
} as const satisfies Record<string, Setting>
