/**
 * The arrows between the rooms as lint rules. `node tools/arrows.mjs write` makes `biome.arrows.json` out of
 * `src/arrows.json` and `src/libraries.json`; `check` fails when it is not what would be written, or when something is
 * wrong that a lint rule cannot see.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { biomeOverrides } from './arrows/overrides.mjs'
import { loadedOutsideTheEngine } from './arrows/pixel-library.mjs'
import { readPlan } from './arrows/plan.mjs'

const file = new URL('../biome.arrows.json', import.meta.url)
const wanted = `${JSON.stringify({ root: false, overrides: biomeOverrides(readPlan()) }, null, 2)}\n`

if (process.argv[2] === 'write') {
  writeFileSync(file, wanted)
} else {
  const complaints = loadedOutsideTheEngine(new URL('../src/', import.meta.url))
  if (readFileSync(file, 'utf8') !== wanted) {
    complaints.push('biome.arrows.json is not what src/arrows.json and src/libraries.json say; run npm run arrows.')
  }
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`)
  if (complaints.length > 0) process.exitCode = 1
}
