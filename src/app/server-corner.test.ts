import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeCorner } from './server-corner.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pixmill-corner-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const corners = () => readdir(join(folder, 'servers'))

test('siblings keep out of each other, and clear away what dead ones left', async () => {
  const first = await takeCorner(folder, true)
  await mkdir(first.attempts)
  await writeFile(join(first.attempts, 'picture'), 'x')
  // What a killed server leaves: a corner that nobody has locked.
  await mkdir(join(folder, 'servers', 'dead', 'attempts'), { recursive: true })
  await writeFile(join(folder, 'servers', 'dead', 'lock.db'), '')

  const second = await takeCorner(folder, true)
  expect(second.attempts).not.toBe(first.attempts)
  expect((await stat(join(first.attempts, 'picture'))).isFile()).toBe(true)
  expect(await corners()).toHaveLength(2)

  await first.leave()
  await first.leave()
  expect(await corners()).toHaveLength(1)
  await second.leave()
  expect(await corners()).toEqual([])
})

test('the only server of a folder has it for itself', async () => {
  const { attempts, engines, leave } = await takeCorner(folder, false)
  expect([attempts, engines]).toEqual([join(folder, 'attempts'), join(folder, 'engines')])
  await leave()
  expect(await readdir(folder)).toEqual(['engines'])
})
