import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'
import { shownTime, table } from '../terminal/index.ts'

interface ToldBucket {
  readonly bucket: string
  readonly region: string
  readonly createTime: string
}

/** `pixmill buckets …`. */
export function addBuckets(program: Command): void {
  const buckets = program.command('buckets').description('Where objects are kept.')
  addServerOptions(buckets.command('list').description('List the buckets of a server.')).action(
    (options: ServerOptions) =>
      carryOut('buckets list', options, async () => {
        const told = (await (await connect(options)).callApi('GET', '/-/api/buckets')) as { buckets: ToldBucket[] }
        const rows = told.buckets.map(({ bucket, region, createTime }) => [
          bucket,
          region,
          shownTime(Date.parse(createTime)),
        ])
        const text = rows.length === 0 ? 'No buckets.\n' : table([['NAME', 'REGION', 'MADE'], ...rows])
        process.stdout.write(options.json ? `${JSON.stringify(told)}\n` : text)
        return 0
      }),
  )
  const create = buckets
    .command('create')
    .description('Make a bucket.')
    .argument('<name>', 'lower-case letters, digits and hyphens, ending in a hyphen and a number')
    .option('--region <region>', 'default: that of the server')
  addServerOptions(create).action((bucket: string, options: ServerOptions & { region?: string }) =>
    carryOut('buckets create', options, async () => {
      const body = { bucket, region: options.region }
      const told = (await (await connect(options)).callApi('POST', '/-/api/buckets', { body })) as ToldBucket
      process.stdout.write(options.json ? `${JSON.stringify(told)}\n` : `${told.bucket} (${told.region})\n`)
      return 0
    }),
  )
  const remove = buckets
    .command('delete')
    .description('Delete a bucket that is empty.')
    .argument('<name>', 'as the list tells it')
  addServerOptions(remove).action((bucket: string, options: ServerOptions) =>
    carryOut('buckets delete', options, async () => {
      await (await connect(options)).callApi('DELETE', `/-/api/buckets/${bucket}`)
      process.stdout.write(options.json ? `${JSON.stringify({ deleted: bucket })}\n` : `${bucket} is deleted.\n`)
      return 0
    }),
  )
}
