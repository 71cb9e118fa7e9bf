import { chmod, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dist } from './server.mjs'

const { EnginePool, checkRule } = await import(join(dist, 'images/index.js'))

/**
 * The same engine program as the server's, as many processes and pictures in flight, with nothing around it: it reads a
 * file, and the result is written, synced and renamed. `pictures`: what its engines take them for, `job` or `realtime`.
 */
export async function startBareLoop({ pictures = 'job' } = {}) {
  const pool = new EnginePool({ mustReach: [] })
  await pool.start()
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-bare-'))
  // Engines that run as another user write here too.
  await chmod(folder, 0o777)
  let files = 0
  return {
    /** Pictures in flight. */
    slots: pool.slots,
    /** Writes bytes to a file, whose path it gives. */
    async keep(bytes) {
      const file = join(folder, `kept-${++files}`)
      await writeFile(file, bytes)
      return file
    },
    /** The same as an upload has to be kept: written, synced, renamed. */
    async store(bytes) {
      const file = join(folder, `source-${++files}`)
      const handle = await open(`${file}.writing`, 'w')
      await handle.writeFile(bytes)
      await handle.sync()
      await handle.close()
      await rename(`${file}.writing`, file)
      return file
    },
    /** One result, on disk. */
    async make(sourceFile, rule, wantSourceFacts = false) {
      const outputFile = join(folder, `out-${++files}`)
      await pool.process({ sourceFile, outputFile, rule: checkRule(rule), wantSourceFacts, class: pictures })
      const handle = await open(outputFile, 'r')
      await handle.sync()
      await handle.close()
      await rename(outputFile, `${outputFile}.done`)
    },
    /** Removes all files. */
    async clear() {
      for (const name of await readdir(folder)) await rm(join(folder, name))
    },
    async stop() {
      await pool.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
