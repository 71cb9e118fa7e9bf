import { mkdir } from 'node:fs/promises'
import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'
import { wholeNumber } from '../whole-number.ts'
import { CopyReport } from './copy-report.ts'
import { inParallel } from './in-parallel.ts'
import { listObjects, type ToldObject } from './list-objects.ts'
import { objectPath, readObjectName } from './object-name.ts'
import { partsOf, SafeFolders } from './safe-path.ts'
import { isSameFile } from './same-file.ts'
import { writeWhole } from './transfer.ts'

interface Options extends ServerOptions {
  readonly parallel: number
}

/** `pixmill export`: objects as the files of a folder. */
export function addExport(program: Command): void {
  const command = program
    .command('export')
    .description('Write objects into a folder. What is there already with the same bytes is not fetched again.')
    .argument('<prefix>', 'BUCKET, or BUCKET/ and what keys begin with; file names begin behind its last slash')
    .argument('<folder>', 'where they are written; it is made when it is not there')
    .option('--parallel <number>', 'how many at a time', wholeNumber(1, 64), 4)
    .addHelpText(
      'after',
      '\nA key that would lead out of the folder, or through a link, is not written and is told.\n\nExamples:\n  pixmill export album-1250000000/small/ ./small',
    )
  addServerOptions(command).action((prefix: string, folder: string, options: Options) =>
    carryOut('export', options, () => exportObjects(prefix, folder, options)),
  )
}

async function exportObjects(prefix: string, folder: string, options: Options): Promise<number> {
  const from = readObjectName(prefix, false)
  const base = from.key.lastIndexOf('/') + 1
  const client = await connect(options)
  const objects: ToldObject[] = []
  for await (const page of listObjects(client, from)) objects.push(...page.objects)
  await mkdir(folder, { recursive: true })

  const folders = new SafeFolders(folder)
  const report = new CopyReport('exporting', options.json !== true)
  report.progress.total(objects.reduce((sum, { size }) => sum + size, 0))
  await inParallel(objects, options.parallel, async (object) => {
    const { key, size } = object
    const counting = report.progress.of(size)
    try {
      const parts = partsOf(key.slice(base))
      if (typeof parts === 'string') throw new Error(`no file can be called so: ${parts}`)
      const file = await folders.fileAt(parts)
      if (await isSameFile(file, object)) report.same += 1
      else {
        const source = await client.callOwn('GET', objectPath({ bucket: from.bucket, key }))
        await writeWhole(source, file, counting.add)
        report.copied += 1
        report.bytes += size
      }
    } catch (error) {
      report.fail(key, error)
    }
    counting.end()
  })
  return report.tell(options.json === true)
}
