import { readdirSync, readFileSync } from 'node:fs'

/**
 * What a lint rule cannot say: the pixel library may be named by its types anywhere in the images room, but loaded only
 * by the engine's programs. A server that loads it would parse pictures of strangers in its own process.
 *
 * @param {URL} sources the folder `src/`
 * @returns {string[]} complaints
 */
export function loadedOutsideTheEngine(sources) {
  return readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('images/engine/'))
    .filter((file) => /(^import (?!type )[^;']*?from|import\() ?'sharp'/m.test(onlyImports(file, sources)))
    .map((file) => `src/${file} loads sharp; outside src/images/engine only its types may be imported.`)
}

function onlyImports(file, sources) {
  const text = readFileSync(new URL(file, sources), 'utf8')
  return text
    .split('\n')
    .filter((line) => /\bimport\b/.test(line))
    .join('\n')
}
