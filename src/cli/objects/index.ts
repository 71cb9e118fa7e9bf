import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions, UsageFailure } from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'
import { wholeNumber } from '../whole-number.ts'
import { listObjects, type ToldObject } from './list-objects.ts'
import { objectPath, readObjectName } from './object-name.ts'
import { upload, writeWhole } from './transfer.ts'

export { addExport } from './export.ts'
export { addImport } from './import.ts'

interface ListOptions extends ServerOptions {
  readonly recursive?: true
  readonly limit: number
}

/** `pixmill objects …`. */
export function addObjects(program: Command): void {
  const objects = program.command('objects').description('What buckets keep. An object is named BUCKET/KEY.')
  const put = objects
    .command('put')
    .description('Upload a file.')
    .argument('<file>', 'the file')
    .argument('<object>', 'BUCKET/KEY; behind a slash at its end comes the name of the file')
    .option('--type <type>', 'its Content-Type (default: what its key says)')
  addServerOptions(put).action((file: string, object: string, options: ServerOptions & { type?: string }) =>
    carryOut('objects put', options, () => putObject(file, object, options)),
  )
  const get = objects
    .command('get')
    .description('Write an object to a file, or to standard output.')
    .argument('<object>', 'BUCKET/KEY')
    .argument('[file]', 'the file; - is standard output, as is none')
    .option('--rule <rule>', 'the picture that this rule makes of it')
  addServerOptions(get).action((object: string, file: string | undefined, options: ServerOptions & { rule?: string }) =>
    carryOut('objects get', options, () => getObject(object, file, options)),
  )
  const list = objects
    .command('list')
    .description('List objects by key.')
    .argument('<prefix>', 'BUCKET, or BUCKET/ and the beginning of keys')
    .option('--recursive', 'tell what lies behind the next slash one by one, too')
    .option('--limit <number>', 'how many', wholeNumber(1, 1_000_000), 1000)
  addServerOptions(list).action((prefix: string, options: ListOptions) =>
    carryOut('objects list', options, () => shownList(prefix, options)),
  )
  const remove = objects.command('rm').description('Delete objects.').argument('<object...>', 'BUCKET/KEY')
  addServerOptions(remove).action((names: string[], options: ServerOptions) =>
    carryOut('objects rm', options, async () => {
      const found = names.map((name) => readObjectName(name, true))
      const client = await connect(options)
      for (const one of found) await client.callApi('DELETE', objectPath(one))
      process.stdout.write(options.json ? `${JSON.stringify({ deleted: names })}\n` : '')
      return 0
    }),
  )
}

async function putObject(file: string, object: string, options: ServerOptions & { type?: string }): Promise<number> {
  const { bucket, key: given } = readObjectName(object, false)
  const key = given === '' || given.endsWith('/') ? given + file.split(/[\\/]/).at(-1)! : given
  const etag = await upload(await connect(options), file, { bucket, key }, { type: options.type })
  process.stdout.write(options.json ? `${JSON.stringify({ bucket, key, etag })}\n` : `${bucket}/${printable(key)}\n`)
  return 0
}

async function getObject(
  object: string,
  file: string | undefined,
  options: ServerOptions & { rule?: string },
): Promise<number> {
  const name = readObjectName(object, true)
  const { rule } = options
  const toStandard = file === undefined || file === '-'
  if (toStandard && options.json) {
    throw new UsageFailure('--json is given without a file: the object is the output.')
  }
  const client = await connect(options)
  const response = await client.callOwn('GET', objectPath(name), rule === undefined ? [] : [['rule', rule]])
  if (toStandard) {
    await pipeline(response, process.stdout)
    return 0
  }
  const bytes = await writeWhole(response, file)
  if (options.json) process.stdout.write(`${JSON.stringify({ ...name, file, bytes })}\n`)
  return 0
}

async function shownList(prefix: string, options: ListOptions): Promise<number> {
  const name = readObjectName(prefix, false)
  const client = await connect(options)
  const objects: ToldObject[] = []
  const prefixes: string[] = []
  for await (const page of listObjects(client, name, options.recursive ? {} : { delimiter: '/' })) {
    objects.push(...page.objects)
    prefixes.push(...page.prefixes)
    if (objects.length + prefixes.length >= options.limit) break
  }
  prefixes.splice(options.limit)
  objects.splice(options.limit - prefixes.length)
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ bucket: name.bucket, objects, prefixes })}\n`)
    return 0
  }
  const rows = [
    ...prefixes.map((one) => ['', '', printable(one)]),
    ...objects.map(({ key, size, updateTime }) => [String(size), shownTime(Date.parse(updateTime)), printable(key)]),
  ]
  process.stdout.write(rows.length === 0 ? 'No such objects.\n' : table([['SIZE', 'CHANGED', 'KEY'], ...rows]))
  return 0
}
