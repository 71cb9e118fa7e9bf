/**
 * `npm run chaos -- --kills 500 --seed 7`: the kill test of CI, as long as one likes. Without a seed one is drawn and
 * told; the same seed draws the same moments and the same load, though not the same race between them. On PostgreSQL
 * with `--ledger postgres`. With `--steps` it is killed at every named step instead, on PostgreSQL too.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const projects = { sqlite: 'journeys on SQLite', postgres: 'journeys on PostgreSQL' }
const options = {
  kills: { type: 'string' },
  seed: { type: 'string' },
  ledger: { type: 'string', default: 'sqlite' },
  steps: { type: 'boolean', default: false },
}
const { ledger, steps, ...numbers } = parseArgs({ options }).values
const project = projects[ledger]
if (project === undefined) {
  process.stderr.write(`--ledger is "${ledger}", expected sqlite or postgres.\n`)
  process.exit(2)
}
for (const [name, value] of Object.entries(numbers)) {
  if (/^\d{1,9}$/.test(value)) continue
  process.stderr.write(`--${name} is "${value}", expected a whole number.\n`)
  process.exit(2)
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const file = `test/chaos/${steps ? 'step' : 'random'}-kills.test.ts`
const child = spawn(process.execPath, [vitest, 'run', '--project', project, file], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    CHAOS_KILLS: numbers.kills ?? '100',
    CHAOS_STEPS: 'all',
    ...(numbers.seed === undefined ? {} : { CHAOS_SEED: numbers.seed }),
  },
})
child.on('exit', (status) => {
  process.exitCode = status ?? 1
})
