import type { Selectable } from 'kysely'
import type { BatchId, BlobId, JobId, QueueId, RunId, TemplateId, WorkflowId } from '../base/index.ts'
import type { ClaimedJob, Job, JobRule, Queue, Template } from '../jobs/index.ts'
import type { Bucket, BucketAcl, ObjectAcl, ObjectOrigin, StoredObject } from '../objects/index.ts'
import { type CallbackOptions, type JobLevel, NO_CALLBACK_OPTIONS, type WorkflowTopology } from '../wire/index.ts'
import type { Run, Task, Workflow } from '../workflows/index.ts'
import type { Tables } from './tables.ts'

type JobRow = Selectable<Tables['jobs']>

/** A row of `jobs` as the value the house knows. */
export function jobFromRow(row: JobRow, queuePaused: boolean): Job {
  return {
    id: row.id as JobId,
    bucket: row.bucket,
    region: row.region,
    queueId: row.queue_id as QueueId,
    state: row.state,
    queuePaused,
    code: row.code,
    message: row.message,
    level: row.level as JobLevel,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    inputObject: row.input_object,
    output: { bucket: row.output_bucket, region: row.output_region, object: row.output_object },
    rule: {
      processRule: row.process_rule,
      isPicInfo: row.is_pic_info === 1,
      template: row.template_id === null ? null : { id: row.template_id as TemplateId, name: row.template_name ?? '' },
      inline: row.inline_json === null ? null : (JSON.parse(row.inline_json) as JobRule['inline']),
    },
    userData: row.user_data,
    callback: { url: row.callback_url, format: row.callback_format as 'XML' | 'JSON' | null },
    result: row.result_json === null ? null : (JSON.parse(row.result_json) as Job['result']),
    origin: row.origin_json === null ? null : (JSON.parse(row.origin_json) as Job['origin']),
    batchId: row.batch_id as BatchId | null,
  }
}

export function claimedJobFromRow(row: JobRow, source: StoredObject | null): ClaimedJob {
  return {
    ...jobFromRow(row, false),
    source,
    leaseToken: row.lease_token!,
    tries: row.tries,
    blames: row.blames,
    uncleanEnds: row.unclean_ends,
  }
}

export function queueFromRow(row: Selectable<Tables['queues']>): Queue {
  return {
    id: row.id as QueueId,
    bucket: row.bucket,
    name: row.name,
    state: row.state as Queue['state'],
    notify: JSON.parse(row.notify_json) as Queue['notify'],
    callbacks: row.callbacks_json === null ? NO_CALLBACK_OPTIONS : (JSON.parse(row.callbacks_json) as CallbackOptions),
    maxSize: row.max_size,
    maxConcurrent: row.max_concurrent,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function templateFromRow(row: Selectable<Tables['templates']>): Template {
  return {
    id: row.id as TemplateId,
    bucket: row.bucket,
    name: row.name,
    picProcess: { isPicInfo: row.is_pic_info === 1, processRule: row.process_rule },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function workflowFromRow(row: Selectable<Tables['workflows']>): Workflow {
  return {
    id: row.id as WorkflowId,
    bucket: row.bucket,
    name: row.name,
    state: row.state as Workflow['state'],
    topology: topologyFromJson(row.topology_json),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

/** How many topologies are kept parsed. */
const KEPT_TOPOLOGIES = 32
const topologies = new Map<string, WorkflowTopology>()

/** A topology by its text. An upload and each job of its run look at the same one again, as the workflow and as the run have it. */
export function topologyFromJson(json: string): WorkflowTopology {
  const kept = topologies.get(json)
  if (kept !== undefined) return kept
  const topology = JSON.parse(json) as WorkflowTopology
  if (topologies.size >= KEPT_TOPOLOGIES) topologies.delete(topologies.keys().next().value!)
  topologies.set(json, topology)
  return topology
}

export function runFromRow(row: Selectable<Tables['runs']>): Run {
  return {
    id: row.id as RunId,
    bucket: row.bucket,
    workflowId: row.workflow_id as WorkflowId,
    workflowName: row.workflow_name,
    topology: topologyFromJson(row.topology_json),
    state: row.state as Run['state'],
    object: row.object,
    cosHeaders: JSON.parse(row.cos_headers_json) as Run['cosHeaders'],
    batchId: row.batch_id as BatchId | null,
    createdAt: row.created_at,
    endedAt: row.ended_at,
  }
}

/** A job of a run, as its task. */
export function taskFromRow(row: JobRow, queuePaused: boolean): Task {
  return { node: row.node!, job: jobFromRow(row, queuePaused) }
}

export function bucketFromRow({
  name,
  region,
  created_at,
  acl,
}: Pick<Selectable<Tables['buckets']>, 'name' | 'region' | 'created_at' | 'acl'>): Bucket {
  return { name, region, createdAt: created_at, acl: acl as BucketAcl }
}

export function objectFromRow(row: Selectable<Tables['objects']>): StoredObject {
  return {
    bucket: row.bucket,
    key: row.key,
    blobId: row.blob_id as BlobId,
    size: row.size,
    etag: row.etag,
    crc64: row.crc64,
    contentType: row.content_type,
    headers: JSON.parse(row.headers_json) as Record<string, string>,
    requestId: row.request_id,
    eventName: row.event_name,
    origin: row.origin as ObjectOrigin,
    version: row.version,
    lastModified: row.last_modified,
    acl: row.acl as ObjectAcl,
    batchId: row.batch_id,
  }
}
