import type { DocumentTree, WireDocument } from './document.ts'
import { field, invalid, required, textField } from './fields.ts'
import type { PicProcess } from './jobs-detail.ts'
import { picProcessTree } from './jobs-detail-tree.ts'
import { listTree, type PageFacts } from './page.ts'
import { readPicProcess } from './pic-process.ts'
import { readBody } from './request-body.ts'
import { said } from './said.ts'
import { checkTag } from './submit-request.ts'
import { renderTime } from './times.ts'

/** What a template says: the body of both create and update, which replaces the whole. */
export interface TemplateRequest {
  readonly name: string
  readonly picProcess: PicProcess
}

/** A template as answers show it. Times are UTC milliseconds. */
export interface TemplateView extends TemplateRequest {
  readonly templateId: string
  readonly bucket: string
  readonly createTimeMs: number
  readonly updateTimeMs: number
}

export interface TemplateAnswerOptions {
  readonly requestId: string
  /** Minutes east of UTC, default +480. */
  readonly timeZoneOffsetMinutes?: number
}

/** Letters of any script, digits, `_`, `-`, `*`. */
const TEMPLATE_NAME = /^[\p{L}\p{N}_*-]{1,64}$/u

/** @throws Failure `MissingContent`, `InvalidContent`, or `InvalidArgument` that names field, value and expectation. */
export function readTemplateRequest(body: Uint8Array | string): TemplateRequest {
  const root = readBody(body, 'Request')
  checkTag(root, 'Tag')
  const name = required(textField(root, 'Name'), 'Name')
  if (!TEMPLATE_NAME.test(name)) {
    throw invalid('Name', `is ${said(name)}, expected 1 to 64 letters, digits, "_", "-" or "*".`)
  }
  // The Java SDK writes no PicProcess into templates of this kind: say so, instead of missing a field inside it.
  required(field(root, 'PicProcess'), 'PicProcess')
  return { name, picProcess: readPicProcess(root, 'PicProcess') }
}

/** Answer to create and update. */
export function templateAnswer(template: TemplateView, options: TemplateAnswerOptions): WireDocument {
  return { root: 'Response', content: { RequestId: options.requestId, Template: templateTree(template, options) } }
}

export function templateDeletedAnswer(templateId: string, options: { requestId: string }): WireDocument {
  return { root: 'Response', content: { RequestId: options.requestId, TemplateId: templateId } }
}

/** Unlike its siblings for jobs and queues, the list of unknown ids is a container here. */
export function templateListAnswer(
  list: { templates: readonly TemplateView[]; page: PageFacts | null; unknownIds: readonly string[] },
  options: TemplateAnswerOptions,
): WireDocument {
  return {
    root: 'Response',
    content: listTree(list.page, {
      NonExistTIDs: list.unknownIds.length === 0 ? undefined : { TemplateId: list.unknownIds },
      RequestId: options.requestId,
      TemplateList: list.templates.map((template) => templateTree(template, options)),
    }),
  }
}

function templateTree(template: TemplateView, options: TemplateAnswerOptions): DocumentTree {
  return {
    BucketId: template.bucket,
    Category: 'Custom',
    CreateTime: renderTime(template.createTimeMs, 'basic', options.timeZoneOffsetMinutes),
    Name: template.name,
    PicProcess: picProcessTree(template.picProcess),
    State: 'Normal',
    Tag: 'PicProcess',
    TemplateId: template.templateId,
    UpdateTime: renderTime(template.updateTimeMs, 'basic', options.timeZoneOffsetMinutes),
  }
}
