import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { findPostgres } from './test/support/postgres/server.ts'

/** Those that take longest, so that none of them is begun when all others are done. */
const longest = [
  'test/chaos/step-kills.test.ts',
  'test/chaos/random-kills.test.ts',
  'test/journeys/command-line.test.ts',
  'test/journeys/engines.test.ts',
  'src/images/price.test.ts',
  'src/database/runs.property.test.ts',
]

/**
 * Project after project, so that a process goes on to the next file with the modules it has loaded: files that belong
 * to another project need another process. In each the longest come first.
 */
class OneProjectAfterTheOther extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification): boolean => longest.some((name) => moduleId.endsWith(`/${name}`))
    const order = [...new Set(sorted.map(({ project }) => project.name))].sort()
    return order.flatMap((name) => {
      const files = sorted.filter(({ project }) => project.name === name)
      return [...files.filter(isLong), ...files.filter((file) => !isLong(file))]
    })
  }
}

const shared = {
  // Nothing of ours is kept in a module or changed in a process: a file need not load everything anew.
  isolate: false,
  globalSetup: ['test/support/run-folder.ts', 'test/support/postgres/global-setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
}

/** Those beside the code, and those of what comes with it. */
const roomTests = ['src/**/*.test.ts', 'tools/**/*.test.ts', 'packages/*/src/**/*.test.ts', 'examples/**/*.test.ts']
const journeys = ['test/**/*.test.ts']
/** They start what knows SQLite only, or say nothing of the ledger: once is enough. */
const sqliteOnly = [
  'backup',
  'callback-settings',
  'cleaning',
  'command-line',
  'commands',
  'demo',
  'engines',
  'full-disk',
  'hidden-secrets',
  'keys-command',
  'listen',
  'local-rules',
  'picture-information',
  'readme',
  'receiver',
  'retention',
  'serve',
  'watermarks',
  'ways-in',
]
  .map((name) => `test/journeys/${name}.test.ts`)
  .concat(['hostile', 'compatibility', 'sdk-dialects', 'benchmarks'].map((folder) => `test/${folder}/**/*.test.ts`))
const postgres = findPostgres()
const hasPostgres = 'folder' in postgres || process.env.PIXMILL_TEST_DATABASE_URL !== undefined

export default defineConfig({
  test: {
    // Two cores: more workers than that only make the tests that start servers and engines wait for each other.
    maxWorkers: 2,
    sequence: { sequencer: OneProjectAfterTheOther },
    projects: [
      { test: { name: 'rooms', include: roomTests, ...shared } },
      { test: { name: 'journeys on SQLite', include: journeys, env: { PIXMILL_TEST_LEDGER: 'sqlite' }, ...shared } },
      // Why there is none is printed by the global setup.
      ...(hasPostgres
        ? [
            {
              test: {
                name: 'journeys on PostgreSQL',
                include: journeys,
                exclude: sqliteOnly,
                env: { PIXMILL_TEST_LEDGER: 'postgres' },
                ...shared,
              },
            },
          ]
        : []),
    ],
  },
})
