import { execFileSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { compiledProgram } from '../base/index.ts'
import { resultExtension } from './index.ts'

test('the door of this room does not load sharp: only engines may', () => {
  const door = pathToFileURL(compiledProgram('images/index.js')).href
  const script = `await import(${JSON.stringify(door)}); console.log(process.report.getReport().sharedObjects.join(' '))`
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString()
  expect(loaded).not.toMatch(/vips|sharp/)
})

test.each([
  ['jpeg', 'jpg'],
  ['png', 'png'],
  ['webp', 'webp'],
] as const)('files of %s end in .%s', (format, extension) => {
  expect(resultExtension(format)).toBe(extension)
})
