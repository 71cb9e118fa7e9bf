// The last step of the build: doors for ES modules beside what tsc has compiled to CommonJS, and nothing that nobody needs.
//
// Everything is there once, with doors for both, and not twice: so there is one ReceiverError in a process and not two, and
// the package stays small. There is no comment in it for the same reason; they are in the types, where editors look.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const dist = new URL('dist/', import.meta.url)

// Below it every .js is CommonJS, whatever the package says.
writeFileSync(new URL('package.json', dist), `${JSON.stringify({ type: 'commonjs' })}\n`)
for (const folder of ['', 'testing/']) {
  for (const file of ['index.mjs', 'index.d.mts']) {
    writeFileSync(new URL(folder + file, dist), "export * from './index.js'\n")
  }
}
// Nothing that can be imported mentions the types of these.
for (const inner of ['bytes-of', 'fields', 'read-job', 'read-run', 'times', 'xml', 'testing/write-document']) {
  rmSync(new URL(`${inner}.d.ts`, dist))
}
for (const file of readdirSync(dist, { recursive: true })) {
  if (!/\.(js|d\.ts)$/.test(file)) continue
  const text = readFileSync(new URL(file, dist), 'utf8')
    // tsc leaves `.ts` in the imports of types, which only its newer versions take for the `.d.ts` beside.
    .replaceAll(/(from '\.[^']+)\.ts'/g, "$1.js'")
    // Blanks at the beginning of lines are a tenth of it all. (No text of ours goes over several lines.)
    .replaceAll(/^(?: {4})+/gm, (blanks) => '\t'.repeat(blanks.length / 4))
  writeFileSync(new URL(file, dist), file.endsWith('.js') ? shorter(text, /(^|\/)index\.js$/.test(file)) : text)
}

/**
 * What tsc adds for modules that need each other in a circle, change what they export, or use `this` in a function: none of
 * ours does, and it is a tenth of the code.
 */
function shorter(text, isDoor) {
  const plain = text
    .replaceAll(/^(?:exports\.\w+ = )+void 0;\n/gm, '')
    .replaceAll(
      /^Object\.defineProperty\(exports, "(\w+)", \{ enumerable: true, get: function \(\) \{ return (\w+\.\w+); \} \}\);$/gm,
      'exports.$1 = $2;',
    )
    .replaceAll(/\(0, (\w+\.\w+)\)\(/g, '$1(')
    .replaceAll(/\b(\w+)_ts_1\b/g, '$1_')
  // Whoever asks for it asks a door.
  return isDoor ? plain : plain.replace('Object.defineProperty(exports, "__esModule", { value: true });\n', '')
}
