/**
 * Makes the programs that are started of few files instead of more than a thousand: finding and reading each module of
 * its own was the larger part of a start (`docs/decisions/what-a-start-loads.md` has the figures). What is loaded later
 * stays apart. Written after `tsc` has compiled every module to `dist/`, in the place of the programs there; the other
 * modules stay for tools, benchmarks and tests, which take single ones.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** Everything that is started as a process or a thread. */
const programs = [
  'app/heartbeat-thread',
  'app/ledger-thread',
  'app/reads-thread',
  'cli/pixmill',
  'database/sqlite/copy-ledger',
  'images/engine/draw-picture',
  'images/engine/program',
  'images/results/write-files',
  'network/lookup-process',
]

/** What they share and what they load later: two folders below the project, as `src/base/compiled.ts` expects. */
const parts = 'parts'

/** Libraries that bring files of their own, compiled ones or threads, so they stay where npm puts them. */
const apart = ['harfbuzzjs', 'libsql', 'pg', 'pino', 'sharp']

const root = fileURLToPath(new URL('../', import.meta.url))

rmSync(`${root}dist/${parts}`, { recursive: true, force: true })
const bundle = await rolldown({
  cwd: root,
  platform: 'node',
  input: Object.fromEntries(programs.map((name) => [name, `src/${name}.ts`])),
  external: (id) => id.startsWith('node:') || apart.includes(id),
})
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  chunkFileNames: `${parts}/[name].js`,
  // Failures and their stacks are told with the names they have in the source.
  keepNames: true,
})
await bundle.close()

const modules = output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
const libraries = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []))
writeFileSync(
  `${root}dist/${parts}/LICENSES.md`,
  `# Libraries that are part of these files\n\n${[...libraries].sort().map(noticeOf).join('\n')}`,
)

/** @param {string} folder of a library */
function noticeOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one))
  const text = file === undefined ? '' : `\n${readFileSync(`${folder}/${file}`, 'utf8').trim()}\n`
  return `## ${name} ${version}, ${license}\n${text}`
}
