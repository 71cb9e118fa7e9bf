import type { CallbackEvent, Job, JobResult, PictureInfo, Place, Run, Task, UploadHeader } from '../events.ts'
import { type Tree, writeJson, writeXml } from './write-document.ts'

export type Format = 'XML' | 'JSON'

/**
 * The ways in which the same event is written. `2025` and `2023` are two editions of the official page: in JSON the job is
 * a list of one, or an object without `JobLevel`. `live` is what the original service was seen to send: numbers as numbers,
 * but `JobLevel` as text; the result in a list, its key with a leading slash; formats in lower case; ETags without quotes; some more fields.
 * Workflow events are the same in all of them.
 */
export type Profile = '2025' | '2023' | 'live'

export interface DocumentOptions {
  /** Default `XML`, as in the protocol. */
  readonly format?: Format
  /** Default `2025`. */
  readonly profile?: Profile
}

/** The body of a callback. Whole seconds are all that a time has there. */
export function renderEvent(event: CallbackEvent, { format = 'XML', profile = '2025' }: DocumentOptions = {}): string {
  const content = contentOf(event, profile)
  return format === 'XML' ? writeXml('Response', content) : writeJson(content, profile === 'live')
}

function contentOf(event: CallbackEvent, profile: Profile): Tree {
  if (event.name !== 'TaskFinish') {
    const tasks = event.name === 'WorkflowFinish' ? event.run.tasks.map(taskTree) : undefined
    return { EventName: event.name, WorkflowExecution: runTree(event.run, tasks) }
  }
  const job = jobTree(event.job, profile)
  return { EventName: event.name, JobsDetail: profile === '2023' ? job : [job] }
}

function jobTree(job: Job, profile: Profile): Tree {
  const isLive = profile === 'live'
  const levels = { '2025': job.level ?? 0, '2023': undefined, live: String(job.level ?? 0) }
  const { workflow, rule, template } = job
  return {
    Code: job.code,
    CreationTime: timeText(job.createdAt, 'T'),
    EndTime: timeText(job.endedAt, 'T'),
    Input: {
      BucketId: job.input.bucket,
      Object: job.input.object,
      Region: job.input.region,
      CosHeaders: headerTrees(job.input.headers),
    },
    JobId: job.id,
    Message: job.message,
    Operation: {
      Output: {
        Bucket: job.output.bucket,
        Object: job.output.object,
        Region: job.output.region,
        Force: isLive ? false : undefined,
      },
      PicProcess: rule
        ? {
            IsPicInfo: isLive ? rule.isPicInfo === true : String(rule.isPicInfo === true),
            ProcessRule: rule.processRule,
          }
        : undefined,
      PicProcessResult: job.result ? resultTree(job, job.result, isLive) : undefined,
      TemplateId: template?.id,
      TemplateName: template?.name,
      UserData: job.userData === '' ? undefined : job.userData,
      JobLevel: levels[profile],
    },
    QueueId: job.queueId,
    QueueType: isLive ? 'PicProcess' : undefined,
    StartTime: timeText(job.startedAt, 'T'),
    State: job.state,
    Tag: job.tag,
    Workflow: workflow
      ? {
          Name: workflow.node,
          RunId: workflow.runId,
          WorkflowId: workflow.workflowId,
          WorkflowName: workflow.workflowName,
        }
      : undefined,
  }
}

function resultTree(job: Job, { object, original, processed }: JobResult, isLive: boolean): Tree | readonly Tree[] {
  const number = numberIn(isLive)
  const etag = (value: string) => (isLive ? value.replaceAll('"', '') : value)
  const tree = {
    ObjectName: isLive ? `/${object}` : object,
    OriginalInfo: { Etag: etag(original.etag), ImageInfo: original.info ? infoTree(original.info, isLive) : undefined },
    ProcessResult: {
      Etag: etag(processed.etag),
      Format: formatIn(isLive, processed.format),
      Height: number(processed.height),
      Quality: number(processed.quality),
      Size: number(processed.sizeBytes),
      Width: number(processed.width),
    },
  }
  if (!isLive) return tree
  return [
    {
      Code: job.code,
      InputObjectName: job.input.object,
      InputObjectUrl: objectUrl(job.input, job.input.object),
      Message: job.message,
      ObjectName: tree.ObjectName,
      ObjectUrl: objectUrl(job.output, object),
      OriginalInfo: tree.OriginalInfo,
      ProcessResult: tree.ProcessResult,
      State: job.state,
    },
  ]
}

/** The address that an object has at the original service. */
function objectUrl({ bucket, region }: Place, key: string): string {
  const escaped = encodeURIComponent(key).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `https://${bucket}.cos.${region}.myqcloud.com/${escaped.replaceAll('%2F', '/')}`
}

function infoTree(info: PictureInfo, isLive: boolean): Tree {
  const number = numberIn(isLive)
  return {
    Ave: info.averageColor,
    Format: formatIn(isLive, info.format),
    Height: number(info.height),
    Orientation: number(info.orientation),
    Quality: number(info.quality),
    Width: number(info.width),
  }
}

function runTree(run: Run, tasks: readonly Tree[] | undefined): Tree {
  return {
    RunId: run.id,
    BucketId: run.bucket,
    Object: run.object,
    CosHeaders: headerTrees(run.headers),
    WorkflowId: run.workflowId,
    WorkflowName: run.workflowName,
    CreateTime: timeText(run.createdAt, ' '),
    State: run.state,
    Tasks: tasks,
  }
}

function taskTree(task: Task): Tree {
  const objects = task.results.map(({ object, url }) => ({ ObjectName: object, ObjectUrl: url }))
  return {
    Type: task.type,
    CreateTime: timeText(task.createdAt, ' '),
    StartTime: timeText(task.startedAt, ' '),
    EndTime: timeText(task.endedAt, ' '),
    State: task.state,
    JobId: task.jobId,
    Name: task.node,
    TemplateId: task.template?.id,
    TemplateName: task.template?.name,
    ResultInfo: objects.length === 0 ? undefined : { ObjectCount: objects.length, ObjectInfo: objects },
  }
}

function headerTrees(headers: readonly UploadHeader[]): readonly Tree[] | undefined {
  return headers.length === 0 ? undefined : headers.map(({ key, value }) => ({ Key: key, Value: value }))
}

/** In the zone of the original service, eight hours east of UTC. */
function timeText(time: Date | null, between: 'T' | ' '): string {
  if (time === null) return '-'
  const local = new Date(time.getTime() + 8 * 3_600_000).toISOString()
  return `${local.slice(0, 10)}${between}${local.slice(11, 19)}+0800`
}

function numberIn(isLive: boolean): (value: number | null) => string | number | undefined {
  return (value) => (value === null ? undefined : isLive ? value : String(value))
}

function formatIn(isLive: boolean, format: string): string {
  return isLive ? format.toLowerCase() : format
}
