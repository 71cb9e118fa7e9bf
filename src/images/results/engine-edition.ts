import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { projectFile } from '../../base/index.ts'

/**
 * Who makes the pictures: the same rule on the same source gives the same bytes while this text is the same. Found out
 * without loading the library, which only engines may do.
 */
export function engineEdition(): string {
  const require = createRequire(import.meta.url)
  const ours = versionIn(projectFile('package.json'))
  const library = versionIn(join(require.resolve('sharp'), '../../package.json'))
  const letters = versionIn(join(require.resolve('harfbuzzjs'), '../../package.json'))
  // The library comes with its own libvips and encoders, so its version stands for theirs.
  return `pixmill ${ours}, sharp ${library}, harfbuzz ${letters}`
}

function versionIn(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
