import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeFolder } from './make-folder.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-make-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('makes what is missing, with its mode, and says whether it did', async () => {
  const deep = join(folder, 'a', 'b', 'c')
  expect(await makeFolder(deep, 0o700)).toBe(true)
  expect((await stat(deep)).mode & 0o777).toBe(0o700)
  expect(await makeFolder(deep, 0o711)).toBe(false)
  expect((await stat(deep)).mode & 0o777).toBe(0o700)
})

test('a file in the way is an error', async () => {
  await writeFile(join(folder, 'file'), '')
  await expect(makeFolder(join(folder, 'file'), 0o700)).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(makeFolder(join(folder, 'file', 'below'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' })
})

test.runIf(process.platform === 'linux')('a place that takes no folders is an error, not an endless try', async () => {
  await expect(makeFolder('/proc/pixmill/data', 0o700)).rejects.toMatchObject({ code: 'ENOENT' })
})
