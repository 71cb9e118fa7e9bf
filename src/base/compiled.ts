import { fileURLToPath } from 'node:url'

/**
 * The path of a compiled program of this project, for starting it as a process or thread of its own.
 *
 * Children are always started from `dist/`, also when the caller runs from `src/` (in tests): Node 20 cannot start a
 * `.ts` file, and a child that differs from the released one would test something else.
 *
 * @param name path below `dist/`, for instance `images/engine/program.js`; `tools/bundle.mjs` lists them
 */
export function compiledProgram(name: string): string {
  return projectFile(`dist/${name}`)
}

/**
 * The path of a file that comes with the project, beside `src` and `dist`. The only place that knows where it lies
 * itself: two folders down, as `src/base`, as `dist/base`, and in the parts that programs are made of.
 */
export function projectFile(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url))
}
