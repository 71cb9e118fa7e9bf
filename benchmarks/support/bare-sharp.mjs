import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * sharp with nothing around it: as many processes as pictures are asked for at a time, each of which reads a file,
 * scales, encodes and writes a file, one after another.
 */
export async function startBareSharp(width) {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-bare-sharp-'))
  const children = Array.from({ length: width }, () => fork(new URL('./bare-sharp-child.mjs', import.meta.url)))
  const free = [...children]
  return {
    /** As many at a time as there are processes. */
    async make(task) {
      const child = free.pop()
      const done = once(child, 'message')
      child.send({ ...task, output: join(folder, `${child.pid}`) })
      await done
      free.push(child)
    },
    async stop() {
      const ended = children.map((child) => once(child, 'exit'))
      for (const child of children) child.disconnect()
      await Promise.all(ended)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
