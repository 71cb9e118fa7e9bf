import type { BatchInput, BatchJob, BatchRequest, BatchType, TimeInterval } from './batch-documents.ts'
import { jobCallbackPaths, refuseOtherTypesThanUrl } from './callback-type.ts'
import { caselessChoiceField, choiceField, field, invalid, named, rawTextField, required, textField } from './fields.ts'
import type { JobLevel } from './jobs-detail.ts'
import { readBody } from './request-body.ts'
import { said } from './said.ts'
import { checkTag, readCallback, readOutputPlace, readUserData, readWork } from './submit-request.ts'
import { readTime } from './times.ts'
import { checkWorkflowName } from './workflow-request.ts'
import type { XmlElement } from './xml/element.ts'

/** How many workflows one batch may start for each object. */
const MAX_WORKFLOW_IDS = 10

const KINDS_OF_INPUT = ['Prefix', 'Object', 'UrlFile', 'Manifest'] as const

/**
 * Reads the body that creates a batch job.
 *
 * @throws Failure `MissingContent`, `InvalidContent`, or `InvalidArgument` that names field, value and expectation.
 */
export function readBatchRequest(body: Uint8Array | string): BatchRequest {
  return batchRequest(readBody(body, 'Request'))
}

/** The same from an element: in requests and in answers it has the same parts. */
export function batchRequest(root: XmlElement): BatchRequest {
  const name = checkWorkflowName(required(textField(root, 'Name'), 'Name'), 'Name')
  required(field(root, 'Operation'), 'Operation')
  const workflowIds = readWorkflowIds(root)
  const type = readType(root, workflowIds)
  return {
    name,
    type,
    input: readInput(root),
    workflowIds,
    job: type === 'Job' ? readJob(root) : null,
    timeInterval: readTimeInterval(root),
  }
}

function readWorkflowIds(root: XmlElement): readonly string[] {
  const path = 'Operation/WorkflowIds'
  const words = (textField(root, path) ?? '').split(',').map((word) => word.trim())
  const ids = [...new Set(words.filter((word) => word !== ''))]
  if (ids.length > MAX_WORKFLOW_IDS) {
    throw invalid(path, `names ${ids.length} workflows, expected at most ${MAX_WORKFLOW_IDS}.`)
  }
  return ids
}

/** Older pages know batches of workflows only, and no type. */
function readType(root: XmlElement, workflowIds: readonly string[]): BatchType {
  const type = choiceField(root, 'Type', ['Workflow', 'Job']) ?? (workflowIds.length > 0 ? 'Workflow' : null)
  if (type === null) throw invalid('Type', 'is missing; without Operation.WorkflowIds expected Workflow or Job.')
  if (type === 'Workflow') required(workflowIds[0] ?? null, 'Operation/WorkflowIds')
  else if (workflowIds.length > 0) {
    throw invalid('Operation/WorkflowIds', `is ${said(workflowIds.join(','))}, expected none with the Type Job.`)
  }
  return type
}

function readInput(root: XmlElement): BatchInput {
  const given = KINDS_OF_INPUT.flatMap((kind): readonly BatchInput[] => {
    const raw = kind === 'Prefix' || kind === 'Object'
    const value = raw ? rawTextField(root, `Input/${kind}`) : textField(root, `Input/${kind}`)
    return value === null ? [] : [{ kind, value }]
  })
  if (given.length > 1) {
    const kinds = given.map(({ kind }) => kind).join(' and ')
    throw invalid('Input', `has ${kinds}, expected one of ${KINDS_OF_INPUT.join(', ')}.`)
  }
  const [input] = given
  if (input === undefined) throw invalid('Input', `is missing, expected one of ${KINDS_OF_INPUT.join(', ')} inside.`)
  return input
}

function readJob(root: XmlElement): BatchJob {
  checkTag(root, 'Operation/Tag')
  required(field(root, 'Operation/JobParam'), 'Operation/JobParam')
  refuseOtherTypesThanUrl(root, jobCallbackPaths('Operation/'))
  const work = readWork(root, 'Operation/JobParam')
  return {
    templateId: work.kind === 'template' ? work.templateId : null,
    inline: work.kind === 'inline' ? work.picProcess : null,
    output: readOutputPlace(root, 'Operation/Output'),
    queueId: textField(root, 'Operation/QueueId'),
    level: Number(choiceField(root, 'Operation/JobLevel', ['0', '1', '2']) ?? '0') as JobLevel,
    userData: readUserData(root, 'Operation/UserData'),
    callback: readCallback(root, 'Operation/CallBack'),
    callbackFormat: caselessChoiceField(root, 'Operation/CallBackFormat', ['XML', 'JSON']),
  }
}

function readTimeInterval(root: XmlElement): TimeInterval {
  const timeAt = (path: string): number | null => {
    const text = textField(root, path)
    return text === null ? null : readTime(named(path), text)
  }
  const startMs = timeAt('Operation/TimeInterval/Start')
  const endSecondMs = timeAt('Operation/TimeInterval/End')
  if (startMs !== null && endSecondMs !== null && startMs > endSecondMs) {
    throw invalid('Operation/TimeInterval/Start', 'is later than its End, expected it to be earlier.')
  }
  // Times are written in whole seconds: what was uploaded in the last of them belongs to it.
  return { startMs, endMs: endSecondMs === null ? null : endSecondMs + 999 }
}
