import { readFileSync } from 'node:fs'

/**
 * The plan of the house as the lint rules need it.
 *
 * @typedef {{ room: string, mayNotSee: readonly string[], because: string }} Arrow
 * @typedef {{ library: string, only: readonly string[], because: string }} Library
 * @typedef {{ arrows: readonly Arrow[], libraries: readonly Library[] }} Plan
 */

/** @returns {Plan} what `src/arrows.json` and `src/libraries.json` say */
export function readPlan() {
  const read = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(new URL(`../../src/${name}`, import.meta.url), 'utf8'))
  return { arrows: read('arrows.json'), libraries: read('libraries.json') }
}

/**
 * Ways into a room beside its `index.ts`, and for whom. Adapters and doors are chosen by the composition; the options
 * of a room are gathered by settings without starting the room. What a start needs first comes in without what takes long
 * to load.
 */
export const sideDoors = {
  composition: [
    'callbacks/sinks/*.ts',
    'database/postgres/index.ts',
    'database/sqlite/index.ts',
    'network/address-guard.ts',
    'objects/filesystem/index.ts',
    'objects/s3/index.ts',
    'http/authentication/index.ts',
    'http/ci/index.ts',
    'http/cos/index.ts',
    'http/api/index.ts',
  ],
  settings: ['*/settings.ts'],
}
