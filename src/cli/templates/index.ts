import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import {
  addBucketOptions,
  type BucketClient,
  connectToBucket,
  findTemplateId,
  type ServerOptions,
} from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'

interface ToldTemplate {
  readonly templateId: string
  readonly bucket: string
  readonly name: string
  readonly rule: string
  readonly pictureInfo: boolean
  readonly createTime: string
  readonly updateTime: string
}

interface Fields extends ServerOptions {
  readonly name?: string
  readonly rule?: string
  readonly picInfo?: boolean
}

/** `pixmill templates …`. */
export function addTemplates(program: Command): void {
  const templates = program.command('templates').description('Rules that are saved under a name.')
  const list = templates.command('list').description('List the templates of a bucket, oldest first.')
  addBucketOptions(list).action((options: ServerOptions) => carryOut('templates list', options, () => listAll(options)))

  const show = templates.command('show').description('Show a template.').argument('<template>', 'its id or name')
  addBucketOptions(show).action((template: string, options: ServerOptions) =>
    carryOut('templates show', options, async () => {
      const bucket = await connectToBucket(options)
      return tell(await getTemplate(bucket, template), options)
    }),
  )

  const create = templates
    .command('create')
    .description('Save a rule under a name.')
    .argument('<name>', 'letters, digits, _, - and *, 64 at most')
    .argument('<rule>', 'such as imageMogr2/thumbnail/640x')
    .option('--pic-info', 'report on the sources of its jobs')
  addBucketOptions(create).action((name: string, rule: string, options: Fields) =>
    carryOut('templates create', options, async () => {
      const { server, bucket } = await connectToBucket(options)
      const body = { bucket, name, rule, pictureInfo: options.picInfo }
      return tell((await server.callApi('POST', '/-/api/templates', { body })) as ToldTemplate, options)
    }),
  )

  const set = templates
    .command('set')
    .description('Change a template; what is not given stays as it is. Jobs that exist keep the rule they have.')
    .argument('<template>', 'its id or name')
    .option('--name <name>', 'what it is called from now on')
    .option('--rule <rule>', 'what is done from now on')
    .option('--pic-info', 'report on the sources of its jobs')
    .option('--no-pic-info', 'do not')
  addBucketOptions(set).action((template: string, options: Fields) =>
    carryOut('templates set', options, async () => {
      const bucket = await connectToBucket(options)
      const { templateId, name, rule, pictureInfo } = await getTemplate(bucket, template)
      const body = {
        name: options.name ?? name,
        rule: options.rule ?? rule,
        pictureInfo: options.picInfo ?? pictureInfo,
      }
      return tell((await ofTemplate(bucket, 'PUT', templateId, body)) as ToldTemplate, options)
    }),
  )

  const remove = templates.command('delete').description('Delete templates.').argument('<template...>', 'ids or names')
  addBucketOptions(remove).action((names: string[], options: ServerOptions) =>
    carryOut('templates delete', options, async () => {
      const bucket = await connectToBucket(options)
      const ids: string[] = []
      for (const name of names) ids.push(await findTemplateId(bucket, name))
      for (const id of ids) await ofTemplate(bucket, 'DELETE', id)
      process.stdout.write(options.json ? `${JSON.stringify({ deleted: ids })}\n` : ids.map((id) => `${id}\n`).join(''))
      return 0
    }),
  )
}

async function listAll(options: ServerOptions): Promise<number> {
  const { server, bucket } = await connectToBucket(options)
  const templates: ToldTemplate[] = []
  for (let page = 1; ; page += 1) {
    const parameters = [
      ['bucket', bucket],
      ['page', String(page)],
    ] as const
    const told = (await server.callApi('GET', '/-/api/templates', { parameters })) as {
      templates: ToldTemplate[]
      total: number
    }
    templates.push(...told.templates)
    if (told.templates.length === 0 || templates.length >= told.total) break
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ bucket, templates })}\n`)
    return 0
  }
  const rows = templates.map(({ templateId, name, rule }) => [templateId, printable(name), printable(rule)])
  process.stdout.write(rows.length === 0 ? `No templates in ${bucket}.\n` : table([['ID', 'NAME', 'RULE'], ...rows]))
  return 0
}

async function getTemplate(bucket: BucketClient, nameOrId: string): Promise<ToldTemplate> {
  return (await ofTemplate(bucket, 'GET', await findTemplateId(bucket, nameOrId))) as ToldTemplate
}

function ofTemplate(
  { server, bucket }: BucketClient,
  method: 'GET' | 'PUT' | 'DELETE',
  id: string,
  body?: object,
): Promise<unknown> {
  return server.callApi(method, `/-/api/templates/${id}`, { parameters: [['bucket', bucket]], body })
}

function tell(template: ToldTemplate, { json }: ServerOptions): number {
  const { templateId, name, bucket, rule, pictureInfo, createTime, updateTime } = template
  const text = table([
    ['template', templateId],
    ['name', printable(name)],
    ['bucket', bucket],
    ['rule', printable(rule)],
    ['reports on sources', pictureInfo ? 'yes' : 'no'],
    ['made', shownTime(Date.parse(createTime))],
    ['changed', shownTime(Date.parse(updateTime))],
  ])
  process.stdout.write(json ? `${JSON.stringify(template)}\n` : text)
  return 0
}
