import { readFileSync, writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import { type Kit, kits, type OperationName, operations, remarks } from './operations.ts'

const file = new URL('../../docs/compatibility.md', import.meta.url)
const columns = Object.keys(kits) as Kit[]
type Outcome = 'passed' | 'failed'
/** What came of the tests of each cell: by kit, then by operation. A kit whose suite was not run is not there. */
type Outcomes = Map<Kit, Map<string, Outcome>>

/**
 * Makes docs/compatibility.md out of what the tests in this folder and in `test/sdk-dialects` showed, or, unless `PIXMILL_COMPATIBILITY=write`, says
 * where the page claims something else than they did. A suite that could not run (there is no browser) says nothing.
 */
export default class CompatibilityPage implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const outcomes = outcomesOf(modules)
    if (outcomes.size === 0) return
    if (process.env.PIXMILL_COMPATIBILITY === 'write') {
      const missing = columns.filter((kit) => !outcomes.has(kit))
      if (missing.length > 0) complain(`not written: the tests of ${missing.join(', ')} were not run`)
      else writeFileSync(file, page(outcomes))
      return
    }
    const claimed = cellsOf(readFileSync(file, 'utf8'))
    const shown = cellsOf(page(outcomes))
    const wrong = [...shown].filter(
      ([cell, text]) => outcomes.has(cell.split('/')[0] as Kit) && claimed.get(cell) !== text,
    )
    for (const [cell, text] of wrong) {
      complain(
        `docs/compatibility.md says "${claimed.get(cell)}" of ${cell}, the tests say "${text}": npm run compatibility`,
      )
    }
  }
}

function complain(text: string): void {
  console.error(text)
  process.exitCode = 1
}

function outcomesOf(modules: readonly TestModule[]): Outcomes {
  const outcomes: Outcomes = new Map()
  for (const module of modules) {
    if (!/\/test\/(?:compatibility|sdk-dialects)\//.test(module.moduleId)) continue
    for (const one of module.children.allTests()) {
      const { state } = one.result()
      const [suite, operation] = one.fullName.split(' > ')
      const kit = suite?.split(':')[0] as Kit
      if (operation === undefined || !columns.includes(kit) || (state !== 'passed' && state !== 'failed')) continue
      const cells = outcomes.get(kit) ?? new Map<string, Outcome>()
      outcomes.set(kit, cells.set(operation, cells.get(operation) === 'failed' ? 'failed' : state))
    }
  }
  return outcomes
}

function cell(outcomes: Outcomes, kit: Kit, operation: OperationName): string {
  const outcome = outcomes.get(kit)?.get(operation)
  if (outcome === 'failed') return '**fails**'
  return outcome === 'passed' ? kits[kit].way : (remarks[kit]?.[operation] ?? 'not tried')
}

function page(outcomes: Outcomes): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const tables = Object.entries(operations).flatMap(([group, names]) => [
    `## ${group}`,
    '',
    row(['Operation', ...columns]),
    row(['---', ...columns.map(() => '---')]),
    ...names.map((name) => row([name, ...columns.map((kit) => cell(outcomes, kit, name))])),
    '',
  ])
  return `${intro}\n${tables.join('\n')}`
}

/** The cells of a page, as `KIT/OPERATION`. */
function cellsOf(text: string): Map<string, string> {
  const cells = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, operation, ...rest] = line.split('|').map((part) => part.trim())
    if (operation === undefined || rest.length !== columns.length + 1) continue
    for (const [index, kit] of columns.entries()) cells.set(`${kit}/${operation}`, rest[index]!)
  }
  return cells
}

const intro = `# What was tried with which SDK

This page is made by the tests in \`test/compatibility/\` and \`test/sdk-dialects/\`: \`npm run compatibility\` runs them and writes it, and the project's checks fail when it claims something else than they show.

| | SDK | How |
| --- | --- | --- |
| Node | \`cos-nodejs-sdk-v5\` 3 | the SDK itself runs; its option \`Ip\` leads the official names to the server |
| Browser | \`cos-js-sdk-v5\` 1.10 | the SDK itself runs in a Chromium; the official names lead to the server, and CORS is the browser's own |
| Python | \`cos-python-sdk-v5\` 5.1.9 | its requests are sent as it sends them, through its proxy setting |
| Go | \`cos-go-sdk-v5\` 0.7 | its requests are sent as it sends them, through its proxy setting |
| Java | \`cos-java-sdk-v5\` 5.6 | its requests are sent as it sends them, through its proxy setting |

*verified*: the real SDK ran. *replayed*: its recorded requests were sent, signed by a second signer that shares no code with the server, and what the SDK's parser needs of each answer
was checked. *not tried*: no test of ours says anything. A large file has 200 MB with the Node SDK, and some parts of 1 MB elsewhere; in the middle of it a connection is broken. A page may list, make and delete buckets where
\`PIXMILL_CORS_ORIGINS\` lets it. What the server does not offer at all answers 501 \`NotImplemented\` with its name.
`
