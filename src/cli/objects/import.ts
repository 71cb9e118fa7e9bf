import { stat } from 'node:fs/promises'
import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { givenPath } from '../given-path.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'
import { wholeNumber } from '../whole-number.ts'
import { CopyReport } from './copy-report.ts'
import { type FoundFile, filesBelow } from './files-below.ts'
import { inParallel } from './in-parallel.ts'
import { listObjects, type ToldObject } from './list-objects.ts'
import { readObjectName } from './object-name.ts'
import { isSameFile } from './same-file.ts'
import { upload } from './transfer.ts'

interface Options extends ServerOptions {
  readonly parallel: number
}

/** `pixmill import`: the files of a folder as objects. */
export function addImport(program: Command): void {
  const command = program
    .command('import')
    .description('Upload every file below a folder. What is there already with the same bytes is not sent again.')
    .argument('<folder>', 'where the files are')
    .argument('<prefix>', 'BUCKET, or BUCKET/ and what keys begin with: their names below the folder follow')
    .option('--parallel <number>', 'how many at a time', wholeNumber(1, 64), 4)
    .addHelpText('after', '\nExamples:\n  pixmill import ./photos album-1250000000/raw/')
  addServerOptions(command).action((folder: string, prefix: string, options: Options) =>
    carryOut('import', options, () => importFolder(folder, prefix, options)),
  )
}

async function importFolder(folder: string, prefix: string, options: Options): Promise<number> {
  const into = readObjectName(prefix, false)
  await givenPath(folder, 'folder')
  const client = await connect(options)
  const there = new Map<string, ToldObject>()
  for await (const page of listObjects(client, into)) for (const one of page.objects) there.set(one.key, one)

  const report = new CopyReport('importing', options.json !== true)
  const files: (FoundFile & { readonly size: number })[] = []
  let total = 0
  for await (const one of filesBelow(folder, (name) => report.skipped.push(name))) {
    try {
      const { size } = await stat(one.file)
      files.push({ ...one, size })
      total += size
    } catch (error) {
      report.fail(one.name, error)
    }
  }
  report.progress.total(total)
  await inParallel(files, options.parallel, async ({ name, file, size }) => {
    const key = into.key + name
    const counting = report.progress.of(size)
    try {
      const found = there.get(key)
      if (found !== undefined && (await isSameFile(file, found))) report.same += 1
      else {
        await upload(client, file, { bucket: into.bucket, key }, { onBytes: counting.add })
        report.copied += 1
        report.bytes += size
      }
    } catch (error) {
      report.fail(name, error)
    }
    counting.end()
  })
  return report.tell(options.json === true)
}
