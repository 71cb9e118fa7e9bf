import { Failure, type TemplateId } from '../../base/index.ts'
import type { Template } from '../../jobs/index.ts'
import {
  readTemplateRequest,
  said,
  type TemplateAnswerOptions,
  type TemplateRequest,
  type TemplateView,
  templateAnswer,
  templateDeletedAnswer,
  templateListAnswer,
} from '../../wire/index.ts'
import type { Exchange } from '../exchange.ts'
import { answerDocument } from './answer.ts'
import type { CiDeps } from './ci-deps.ts'
import { listParameter, pageParameters, textParameter } from './parameters.ts'
import { knownBucket } from './queues.ts'

/** `POST /template`. */
export async function createTemplate(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = exchange.requireBucket()
  const template = await deps.createTemplate(bucket, await readChecked(exchange, deps))
  await answerDocument(exchange, templateAnswer(templateView(template), options(exchange, deps)))
}

/** `PUT /template/<id>`: replaces all of it. Jobs that exist keep what they were submitted with. */
export async function replaceTemplate(exchange: Exchange, deps: CiDeps, id: string): Promise<void> {
  const bucket = exchange.requireBucket()
  refuseOfficial(id)
  const body = await readChecked(exchange, deps)
  const template = await deps.templates.replaceTemplate(bucket, id as TemplateId, body)
  await answerDocument(exchange, templateAnswer(templateView(template), options(exchange, deps)))
}

/** `DELETE /template/<id>`. */
export async function deleteTemplate(exchange: Exchange, deps: CiDeps, id: string): Promise<void> {
  refuseOfficial(id)
  await deps.templates.deleteTemplate(exchange.requireBucket(), id as TemplateId)
  await answerDocument(exchange, templateDeletedAnswer(id, { requestId: exchange.requestId }))
}

/** `GET /template?…`: by ids, by the beginning of the name, or all. There are no official templates here. */
export async function listTemplates(exchange: Exchange, deps: CiDeps): Promise<void> {
  const bucket = await knownBucket(exchange, deps)
  const ids = listParameter(exchange, 'ids')
  if (ids !== null) {
    const templates = await deps.templates.findTemplates(bucket, ids)
    const found = new Set<string>(templates.map((template) => template.id))
    const unknownIds = ids.filter((id) => !found.has(id))
    const list = { templates: templates.map(templateView), page: null, unknownIds }
    return answerDocument(exchange, templateListAnswer(list, options(exchange, deps)))
  }
  const { pageNumber, pageSize, offset } = pageParameters(exchange)
  const { items, total } = shows(exchange)
    ? await deps.templates.listTemplates({ bucket, prefix: textParameter(exchange, 'name'), offset, limit: pageSize })
    : { items: [], total: 0 }
  const page = { totalCount: total, pageNumber, pageSize }
  return answerDocument(
    exchange,
    templateListAnswer({ templates: items.map(templateView), page, unknownIds: [] }, options(exchange, deps)),
  )
}

/** Whether the kind asked for is one this server can have: image templates made by its users. */
function shows(exchange: Exchange): boolean {
  const category = textParameter(exchange, 'category') ?? 'Custom'
  if (category !== 'Custom' && category !== 'Official') {
    throw new Failure('InvalidArgument', `category is ${said(category)}, expected Custom or Official.`)
  }
  const tag = textParameter(exchange, 'tag') ?? 'All'
  return category === 'Custom' && (tag === 'All' || tag === 'PicProcess')
}

async function readChecked(exchange: Exchange, deps: CiDeps): Promise<TemplateRequest> {
  const request = readTemplateRequest(await exchange.readBody())
  await deps.checkRule(exchange.requireBucket(), request.picProcess.processRule)
  return request
}

function refuseOfficial(id: string): void {
  if (id.startsWith('t0'))
    throw new Failure('AccessDenied', `${said(id)} is an official template; it cannot be changed.`)
}

function options(exchange: Exchange, { timeZoneOffsetMinutes }: CiDeps): TemplateAnswerOptions {
  return { requestId: exchange.requestId, timeZoneOffsetMinutes }
}

function templateView(template: Template): TemplateView {
  return {
    templateId: template.id,
    bucket: template.bucket,
    name: template.name,
    picProcess: template.picProcess,
    createTimeMs: template.createdAt,
    updateTimeMs: template.updatedAt,
  }
}
