/**
 * Makes the programs that are started of few files instead of some eight hundred: finding and reading each module of its
 * own was the larger part of a start (`docs/decisions/what-a-start-loads.md` has the figures). What is loaded later
 * stays apart. Written after `tsc` has compiled every module to `dist/`, in the place of the programs there; the other
 * modules stay for tools, benchmarks and tests, which take single ones.
 */
import { copyFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** Everything that is started as a process or a thread. */
const programs = [
  'app/heartbeat-thread',
  'app/ledger-thread',
  'cli/pixmill',
  'database/sqlite/copy-ledger',
  'database/sqlite/reads-thread',
  'images/engine/draw-picture',
  'images/engine/program',
]

/** What they share and what they load later: two folders below the project, as `src/base/compiled.ts` expects. */
const parts = 'parts'

/**
 * Libraries that become part of the programs, because they come as hundreds of modules of which few are needed. Their
 * licences lie beside them.
 */
const taken = ['kysely']

const root = fileURLToPath(new URL('../', import.meta.url))
const library = (/** @type {string} */ id) => id.split('/')[0] ?? id

rmSync(`${root}dist/${parts}`, { recursive: true, force: true })
const bundle = await rolldown({
  cwd: root,
  platform: 'node',
  input: Object.fromEntries(programs.map((name) => [name, `src/${name}.ts`])),
  external: (id) => /^[^./\0]/.test(id) && !taken.includes(library(id)),
})
await bundle.write({
  dir: 'dist',
  format: 'esm',
  chunkFileNames: `${parts}/[name].js`,
  // Failures and their stacks are told with the names they have in the source.
  keepNames: true,
})
await bundle.close()
for (const name of taken) copyFileSync(`${root}node_modules/${name}/LICENSE`, `${root}dist/${parts}/${name}.LICENSE`)
