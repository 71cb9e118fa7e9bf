import { expect, test } from 'vitest'
import { Progress } from './progress.ts'

function onTerminal(isTTY: boolean) {
  const written: string[] = []
  const out = { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream
  return { written, progress: new Progress('importing', true, out) }
}

test('a line of its own says how far it is, and is gone in the end', () => {
  const { written, progress } = onTerminal(true)
  progress.total(2_000_000)
  progress.add(500_000)
  progress.end()
  expect(written).toEqual([expect.stringContaining(' 25 %  0.5 MB'), '\r\x1b[K'])
})

test('where there is no terminal nothing is written', () => {
  const { written, progress } = onTerminal(false)
  progress.total(10)
  progress.add(5)
  progress.end()
  expect(written).toEqual([])
})

test('a file counts for its size, whether its bytes were copied, were there, or grew meanwhile', () => {
  const { progress } = onTerminal(true)
  const sizes: number[] = []
  progress.add = (bytes) => void sizes.push(bytes)
  const copied = progress.of(10)
  for (const bytes of [4, 4, 4]) copied.add(bytes)
  copied.end()
  progress.of(7).end()
  expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(17)
})
