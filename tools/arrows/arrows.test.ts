import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Each import where it stands, and what the linter says to it; `null` when it is welcome. */
const cases: readonly [file: string, imports: string, says: string | null][] = [
  ['wire/a.ts', '../http/index.ts', 'wire may not see http: documents are pure'],
  ['images/engine/b.ts', '../../jobs/index.ts', 'images may not see jobs: a picture does not know why it is made'],
  ['jobs/c.ts', '../database/index.ts', 'jobs may not see database'],
  ['base/d.ts', '../wire/index.ts', 'base may not see wire: base leans on nobody'],
  ['callbacks/e.ts', '../network/index.ts', 'callbacks may not see network'],
  ['callbacks/sinks/f.ts', '../../network/index.ts', null],
  ['callbacks/sinks/g.ts', '../../jobs/index.ts', 'callbacks may not see jobs'],
  ['http/cos/h.ts', '../../objects/key-rules.ts', 'Come into objects by its index.ts'],
  ['http/cos/i.ts', '../../objects/index.ts', null],
  ['http/cos/j.ts', '../answer.ts', null],
  ['settings/k.ts', '../network/settings.ts', null],
  ['settings/l.ts', '../network/address-guard.ts', 'settings may not see network'],
  ['settings/m.ts', '../jobs/worker.ts', 'Come into jobs by its index.ts'],
  ['jobs/n.ts', '../app/credentials.ts', 'jobs may not see app'],
  ['app/o.ts', '../images/engine/pool.ts', 'Come into images by its index.ts'],
  ['app/p.ts', '../callbacks/sinks/http.ts', null],
  ['cli/q.ts', '../http/authentication/index.ts', null],
  ['cli/r.ts', '../http/authentication/sign-request.ts', 'Come into http by its index.ts'],
  ['jobs/s.ts', 'kysely', 'kysely is for database: SQL is spoken in one room'],
  ['app/t.ts', 'sharp', 'sharp is for images'],
  ['http/u.ts', 'undici', 'undici is for network'],
  ['network/v.ts', 'undici', null],
  ['images/engine/w.ts', 'sharp', null],
  // A test may come in by any window.
  ['wire/x.test.ts', '../http/server.ts', null],
]

let folder = ''
let report = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pixmill-arrows-'))
  for (const file of ['biome.jsonc', 'biome.arrows.json']) cpSync(join(root, file), join(folder, file))
  for (const [file, imports] of cases) {
    const path = join(folder, 'src', file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `import { it } from '${imports}'\n\nit()\n`)
  }
  const program = join(root, 'node_modules/@biomejs/biome/bin/biome')
  const run = spawnSync(process.execPath, [program, 'lint', '--reporter=github', '--max-diagnostics=none', 'src'], {
    cwd: folder,
    encoding: 'utf8',
  })
  report = run.stdout + run.stderr
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(cases)('src/%s importing %s: %s', (file, _imports, says) => {
  const complaint = report.split('\n').find((line) => line.includes(`/src/${file},`))
  if (says === null) expect(complaint).toBeUndefined()
  else expect(complaint).toContain(says)
})

test('the generated rules are those of the plan', () => {
  execFileSync(process.execPath, [join(root, 'tools/arrows.mjs'), 'check'], { stdio: 'pipe' })
})
