import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { movesFrom } from './index.ts'

test('docs/design/life-of-a-job.md draws the moves that the code allows', () => {
  const page = readFileSync(new URL('../../docs/design/life-of-a-job.md', import.meta.url), 'utf8')
  const drawn = Object.keys(movesFrom).map((from) => {
    const cell = new RegExp(`^\\| \`${from}\` \\| ?(.*) ?\\|$`, 'm').exec(page)?.[1] ?? 'there is no such row'
    return [from, cell.match(/\w+/g) ?? []]
  })
  expect(Object.fromEntries(drawn)).toEqual(movesFrom)
})
