import { Failure, type QueueId, type TemplateId } from '../../base/index.ts'
import { failedJob } from '../../jobs/index.ts'
import type { PicProcessNode } from '../../wire/index.ts'
import type { Run } from '../../workflows/index.ts'
import type { Ledger } from '../ledger.ts'
import { insertJob, type JobRow, type RuleColumns } from './insert-job.ts'
import { inlineRule, templateRule } from './rule-columns.ts'
import type { RunGround } from './run-ground.ts'

/**
 * Makes the job of a node. What the workflow names may have gone since it was saved, and an upload that was taken cannot
 * be refused any more: then there is a job all the same, which has failed and says what is missing.
 *
 * @param inputObject what the node works on: the object that started the run, or what the node before it wrote
 */
export async function startNode(
  ledger: Ledger,
  run: Run,
  node: PicProcessNode,
  inputObject: string,
  { region, queue }: RunGround,
): Promise<JobRow> {
  const rule = await ruleOf(ledger, run.bucket, node)
  const missing = whatIsMissing(run.bucket, node, queue, rule)
  return insertJob(
    ledger,
    {
      bucket: run.bucket,
      queueId: (queue?.id ?? null) as QueueId | null,
      level: 0,
      inputObject,
      output: node.output,
      templateId: node.templateId as TemplateId | null,
      inline: node.inline,
      userData: node.userData,
      callback: { url: null, format: null },
      origin: {
        workflow: { name: node.name, runId: run.id, workflowId: run.workflowId, workflowName: run.workflowName },
        ...(run.cosHeaders.length > 0 ? { cosHeaders: run.cosHeaders } : {}),
        ...(inputObject === run.object ? {} : { runObject: run.object }),
      },
    },
    { region, queue: queue ?? { id: '', state: 'Active' }, rule: rule ?? unknownRule(node) },
    {
      run: { id: run.id, node: node.name, workflowId: run.workflowId },
      batchId: run.batchId,
      failed: missing && failedJob(missing),
    },
  )
}

async function ruleOf(
  ledger: Ledger,
  bucket: string,
  { templateId, inline }: PicProcessNode,
): Promise<RuleColumns | null> {
  return templateId === null ? inlineRule(inline!) : templateRule(ledger, bucket, templateId)
}

function whatIsMissing(
  bucket: string,
  node: PicProcessNode,
  queue: RunGround['queue'],
  rule: RuleColumns | null,
): Failure | null {
  if (rule === null) {
    return new Failure('TemplateNotFound', `The template ${node.templateId} of ${node.name} does not exist any more.`)
  }
  if (queue === null) {
    return new Failure('ServiceNotOpen', `MediaBucketUnBinded: the image service is not open for ${bucket}.`)
  }
  return null
}

/** Of a template that is gone only the id is known. */
function unknownRule({ templateId }: PicProcessNode): RuleColumns {
  return { template_id: templateId, template_name: '', is_pic_info: 0, process_rule: '', inline_json: null }
}
