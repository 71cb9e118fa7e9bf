// npm run fuzz [-- --seed N --count M --from K]
//
// As many mutated pictures and random rules as wanted through the real server. The seed is printed; the same one makes
// the same cases. What ends as nothing may end is told with its number and kept below the folder for temporary files.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

function option(name, fallback) {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : Number(process.argv[at + 1])
}

const seed = option('seed', Date.now() % 1_000_000)
const count = option('count', 1_000)
const from = option('from', 0)
console.log(`seed ${seed}, ${count} cases`)
const project = fileURLToPath(new URL('../../../', import.meta.url))
const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url))
const { status } = spawnSync(process.execPath, [vitest, 'run', 'test/hostile/fuzz/fuzz.test.ts'], {
  cwd: project,
  env: { ...process.env, FUZZ_SEED: `${seed}`, FUZZ_COUNT: `${count}`, FUZZ_FROM: `${from}` },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
