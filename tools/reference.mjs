/**
 * The reference pages, made from the tables of the compiled program: `node tools/reference.mjs write`, or `check`, which
 * fails when a page is not what would be written.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { commandsPage } from './reference/commands-page.mjs'
import { complaintsAbout, examplePictures, writeExamples } from './reference/example-pictures.mjs'
import { failuresPage } from './reference/failures-page.mjs'
import { httpApiPage, openApiPage } from './reference/http-api-page.mjs'
import { operationsPage } from './reference/operations-page.mjs'
import { settingsPage } from './reference/settings-page.mjs'
import { workflowFilePage } from './reference/workflow-file-page.mjs'

const examples = await examplePictures()

const pages = {
  'commands.md': await commandsPage(),
  'settings.md': settingsPage(),
  'failures.md': failuresPage(),
  'http-api.md': httpApiPage(),
  'openapi.json': openApiPage(),
  'operations.md': operationsPage(examples),
  'workflow-file.md': workflowFilePage(),
}

for (const [name, wanted] of Object.entries(pages)) {
  const file = new URL(`../docs/reference/${name}`, import.meta.url)
  if (process.argv[2] === 'write') {
    writeFileSync(file, wanted)
  } else if (textOf(file) !== wanted) {
    process.stderr.write(`docs/reference/${name} is not what the code says; run npm run docs.\n`)
    process.exitCode = 1
  }
}

if (process.argv[2] === 'write') {
  await writeExamples(examples)
} else {
  for (const complaint of await complaintsAbout(examples)) {
    process.stderr.write(`${complaint}; run npm run docs.\n`)
    process.exitCode = 1
  }
}

function textOf(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
