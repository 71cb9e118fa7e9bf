import { fileURLToPath } from 'node:url'

/**
 * The path of a compiled program of this project, for starting it as a process or thread of its own.
 *
 * Children are always started from `dist/`, also when the caller runs from `src/` (in tests): Node 20 cannot start a
 * `.ts` file, and a child that differs from the released one would test something else.
 *
 * @param name path below `dist/`, for instance `images/engine/program.js`
 */
export function compiledProgram(name: string): string {
  return fileURLToPath(new URL(`../../dist/${name}`, import.meta.url))
}
