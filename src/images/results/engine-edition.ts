import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/**
 * Who makes the pictures: the same rule on the same source gives the same bytes while this text is the same. Found out
 * without loading the library, which only engines may do.
 */
export function engineEdition(): string {
  const require = createRequire(import.meta.url)
  const ours = versionIn(new URL('../../../package.json', import.meta.url))
  const library = versionIn(new URL('../package.json', `file://${require.resolve('sharp')}`))
  const letters = versionIn(new URL('../package.json', `file://${require.resolve('harfbuzzjs')}`))
  // The library comes with its own libvips and encoders, so its version stands for theirs.
  return `pixmill ${ours}, sharp ${library}, harfbuzz ${letters}`
}

function versionIn(file: URL): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
