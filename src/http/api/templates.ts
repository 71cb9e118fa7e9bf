import { Failure, type TemplateId } from '../../base/index.ts'
import type { Template, TemplateStore } from '../../jobs/index.ts'
import type { ObjectStore } from '../../objects/index.ts'
import { said, type TemplateRequest } from '../../wire/index.ts'
import { knownBucket } from '../known-bucket.ts'
import { type NumberedPageAsked, numberedPageOf, numberedPageParameters, numberedPageSchema } from './numbered-page.ts'
import { bucketParameter, route } from './route.ts'
import { always, type JsonSchema, moment, timeOf } from './schema.ts'

export interface TemplateDeps {
  readonly templates: Omit<TemplateStore, 'createTemplate'>
  createTemplate(bucket: string, request: TemplateRequest): Promise<Template>
  readonly buckets: Pick<ObjectStore, 'findBucket'>
  /** Throws `RuleInvalid` or `OperationNotOffered`. */
  checkRule(bucket: string, rule: string): Promise<void>
}

interface TemplateNamed {
  path: { templateId: string }
  query: { bucket: string }
}

interface TemplateBody {
  readonly name: string
  readonly rule: string
  readonly pictureInfo?: boolean
}

const text: JsonSchema = { type: 'string' }

const templateSchema: JsonSchema = {
  title: 'Template',
  ...always({
    templateId: { type: 'string', examples: ['t1460606b9752148c4ab182f55163ba7cd'] },
    bucket: text,
    name: text,
    rule: text,
    pictureInfo: { type: 'boolean' },
    createTime: moment,
    updateTime: moment,
  }),
}

const fields: Readonly<Record<string, JsonSchema>> = {
  name: {
    type: 'string',
    pattern: '^[\\p{L}\\p{N}_*-]{1,64}$',
    description: '1 to 64 letters, digits, "_", "-" or "*".',
  },
  rule: { type: 'string', minLength: 1, examples: ['imageMogr2/thumbnail/320x'] },
  pictureInfo: { type: 'boolean', default: false, description: 'Whether results say what the source is like.' },
}

const templatePath = { templateId: { says: 'The id of a template.' } }

export const templateRoutes = [
  route<TemplateDeps, { query: NumberedPageAsked & { bucket: string; name?: string } }>({
    method: 'GET',
    path: '/-/api/templates',
    name: 'listTemplates',
    subject: 'templates',
    summary: 'The templates of a bucket, oldest first.',
    permission: 'read',
    query: {
      bucket: bucketParameter,
      name: { schema: { type: 'string', maxLength: 64 }, says: 'Only those whose name begins so.' },
      ...numberedPageParameters,
    },
    answer: { says: 'A page of templates.', schema: numberedPageSchema('templates', templateSchema) },
    async carryOut({ query, answer }, { templates, buckets }) {
      const bucket = await knownBucket(buckets, query.bucket)
      const asked = { bucket, prefix: query.name ?? null, ...numberedPageOf(query) }
      const { items, total } = await templates.listTemplates(asked)
      await answer({ templates: items.map(templateJson), total })
    },
  }),
  route<TemplateDeps, { body: TemplateBody & { bucket: string } }>({
    method: 'POST',
    path: '/-/api/templates',
    name: 'createTemplate',
    subject: 'templates',
    summary: 'Saves a rule under a name.',
    permission: 'administer',
    body: {
      schema: {
        title: 'NewTemplate',
        type: 'object',
        required: ['bucket', 'name', 'rule'],
        properties: { bucket: bucketParameter.schema, ...fields },
      },
    },
    answer: { status: 201, says: 'The template.', schema: templateSchema },
    async carryOut({ body, answer }, deps) {
      const template = await deps.createTemplate(body.bucket, await checked(body.bucket, body, deps))
      await answer(templateJson(template), {
        status: 201,
        headers: { location: `/-/api/templates/${template.id}?bucket=${encodeURIComponent(body.bucket)}` },
      })
    },
  }),
  route<TemplateDeps, TemplateNamed>({
    method: 'GET',
    path: '/-/api/templates/{templateId}',
    name: 'showTemplate',
    subject: 'templates',
    summary: 'One template.',
    permission: 'read',
    pathParameters: templatePath,
    query: { bucket: bucketParameter },
    answer: { says: 'The template.', schema: templateSchema },
    async carryOut({ path, query, answer }, { templates }) {
      const [template] = await templates.findTemplates(query.bucket, [path.templateId])
      if (template === undefined) {
        throw new Failure(
          'TemplateNotFound',
          `There is no template ${said(path.templateId)} in the bucket ${said(query.bucket)}.`,
        )
      }
      await answer(templateJson(template))
    },
  }),
  route<TemplateDeps, TemplateNamed & { body: TemplateBody }>({
    method: 'PUT',
    path: '/-/api/templates/{templateId}',
    name: 'replaceTemplate',
    subject: 'templates',
    summary: 'Replaces all that a template says.',
    description: 'Jobs that exist keep what they were submitted with.',
    permission: 'administer',
    pathParameters: templatePath,
    query: { bucket: bucketParameter },
    body: { schema: { title: 'TemplateBody', type: 'object', required: ['name', 'rule'], properties: fields } },
    answer: { says: 'The template.', schema: templateSchema },
    async carryOut({ path, query, body, answer }, deps) {
      const id = path.templateId as TemplateId
      const request = await checked(query.bucket, body, deps)
      await answer(templateJson(await deps.templates.replaceTemplate(query.bucket, id, request)))
    },
  }),
  route<TemplateDeps, TemplateNamed>({
    method: 'DELETE',
    path: '/-/api/templates/{templateId}',
    name: 'deleteTemplate',
    subject: 'templates',
    summary: 'Deletes a template.',
    permission: 'administer',
    pathParameters: templatePath,
    query: { bucket: bucketParameter },
    answer: { status: 204, says: 'It is gone.' },
    async carryOut({ path, query, exchange }, { templates }) {
      await templates.deleteTemplate(query.bucket, path.templateId as TemplateId)
      await exchange.answerEmpty(204)
    },
  }),
]

async function checked(
  bucket: string,
  { name, rule, pictureInfo = false }: TemplateBody,
  deps: TemplateDeps,
): Promise<TemplateRequest> {
  await deps.checkRule(bucket, rule)
  return { name, picProcess: { isPicInfo: pictureInfo, processRule: rule } }
}

function templateJson({ id, bucket, name, picProcess, createdAt, updatedAt }: Template) {
  return {
    templateId: id,
    bucket,
    name,
    rule: picProcess.processRule,
    pictureInfo: picProcess.isPicInfo,
    createTime: timeOf(createdAt),
    updateTime: timeOf(updatedAt),
  }
}
