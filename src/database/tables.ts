import type { Generated } from 'kysely'
import type { JobState } from '../jobs/index.ts'
import type { StoredBatchState } from '../workflows/index.ts'

/**
 * The ledger's tables as the queries see them. Times are UTC milliseconds; booleans are 0 or 1; `*_json` columns hold
 * JSON text. What each column means is said where its value is typed: `objects/object.ts`, `jobs/job.ts`,
 * `callbacks/delivery-store.ts`.
 */
export interface Tables {
  buckets: {
    name: string
    region: string
    created_at: number
    origin_protected: Generated<number>
    acl: Generated<string>
    cors_json: string | null
  }
  styles: { bucket: string; name: string; body: string; created_at: number; updated_at: number }
  objects: {
    bucket: string
    key: string
    blob_id: string
    size: number
    etag: string
    crc64: string
    content_type: string
    headers_json: string
    version: string
    request_id: string
    event_name: string
    origin: string
    last_modified: number
    acl: Generated<string>
    /** The batch whose job wrote it. */
    batch_id: string | null
  }
  uploads: {
    id: string
    bucket: string
    key: string
    content_type: string
    headers_json: string
    acl: string
    started_at: number
    /** When it was begun, or a part came last. */
    touched_at: number
    completed_at: number | null
    completed_json: string | null
  }
  parts: {
    upload_id: string
    number: number
    blob_id: string
    size: number
    md5: string
    crc64: string
    last_modified: number
  }
  queues: {
    id: string
    bucket: string
    name: string
    state: string
    notify_json: string
    max_size: number
    max_concurrent: number
    created_at: number
    updated_at: number
    /** What this server adds to the callbacks of the queue's jobs; `null`: nothing. */
    callbacks_json: string | null
  }
  templates: {
    id: string
    bucket: string
    tag: string
    name: string
    is_pic_info: number
    process_rule: string
    created_at: number
    updated_at: number
  }
  jobs: {
    id: string
    bucket: string
    region: string
    queue_id: string
    state: JobState
    code: string
    message: string
    level: number
    created_at: number
    started_at: number | null
    ended_at: number | null
    not_before: number
    input_object: string
    output_bucket: string
    output_region: string
    output_object: string
    template_id: string | null
    template_name: string | null
    is_pic_info: number
    process_rule: string
    inline_json: string | null
    user_data: string | null
    callback_url: string | null
    callback_format: string | null
    result_json: string | null
    origin_json: string | null
    lease_token: string | null
    /** The server that claimed it last; `null` on a ledger with one server. */
    worker_id: string | null
    tries: number
    blames: number
    unclean_ends: number
    /** For a job of a run: the run, the name of its node, and the workflow. */
    run_id: string | null
    node: string | null
    workflow_id: string | null
    /** For a job of a batch, and of a run that a batch started. */
    batch_id: string | null
    /** Among jobs of one level: 0 goes before 1. Jobs of batches have 1. */
    rank: number
    /** By what a repeat of the submit is known; `null` for jobs that were not submitted one by one. */
    submitted_as: string | null
  }
  workflows: {
    id: string
    bucket: string
    name: string
    state: string
    /** As uploads are compared with it: without the slash in front. */
    object_prefix: string
    topology_json: string
    created_at: number
    updated_at: number
  }
  runs: {
    id: string
    bucket: string
    workflow_id: string
    workflow_name: string
    state: string
    object: string
    /** The last segment of `object`. */
    object_name: string
    /** Of the upload that started it; `null` when a hand or a batch did. */
    object_version: string | null
    topology_json: string
    cos_headers_json: string
    batch_id: string | null
    created_at: number
    ended_at: number | null
  }
  batches: {
    id: string
    bucket: string
    name: string
    type: 'Job' | 'Workflow'
    input_kind: 'Prefix' | 'Object' | 'UrlFile' | 'Manifest'
    input_value: string
    workflow_ids_json: string
    /** For type `Job`. */
    job_json: string | null
    start_ms: number | null
    end_ms: number | null
    /** How many jobs one object makes. */
    jobs_per_object: number
    state: StoredBatchState
    code: string
    message: string
    created_at: number
    started_at: number | null
    ended_at: number | null
    /** Where reading goes on; `null`: with the beginning. */
    place_json: string | null
    /** How much of the list lies before that place, 0 to 1; `null` while nobody knows. */
    part: number | null
    /** Whether the list was read to its end. */
    is_listed: number
    /** Whether the batch has ended and nothing of it is left to be looked after. */
    is_settled: number
    progress: number
    listed: number
    created: number
    ended: number
    failed: number
  }
  /** What a batch made and has not counted as ended: ids of jobs, or of runs. */
  batch_items: { batch_id: string; item_id: string }
  /** The first of what went wrong in a batch. */
  batch_failures: { batch_id: string; number: number; object: string; code: string; message: string }
  events: {
    id: string
    name: string
    subject: string
    bucket: string
    created_at: number
    /** In the order of all events; `null` until somebody reads so far. */
    position: number | null
  }
  /** One row: how far positions go. */
  event_feed: { name: string; last: number; removed_through: number }
  deliveries: {
    id: string
    event_id: string
    event_name: string
    subject: string
    url: string
    origin: string
    content_type: string
    body: Uint8Array
    state: string
    created_at: number
    due_at: number | null
    ended_at: number | null
    lease_token: string | null
    lease_until: number | null
    worker_id: string | null
    attempts: number
    /** The event that becomes due when this has been tried once. */
    releases_event: string | null
    /** Whom it goes to; `null` when it was made by a program that knew no receivers. */
    receiver: string | null
    /** The queue of the job, or of the jobs of the run, that it speaks of. */
    queue_id: string | null
    workflow_id: string | null
    /** Whether the address is the queue's own setting: then the queue's headers go along. */
    by_queue: number
    /** When the present round of attempts began; `null`: with the event. */
    round_at: number | null
    /** Attempts that were made before this round. */
    round_attempts: number
  }
  receivers: {
    id: string
    address: string
    origin: string
    is_enabled: number
    switched_at: number | null
    off_because: string | null
    first_seen_at: number
    last_attempt_at: number
    last_success_at: number | null
    failing_since: number | null
    failures: number
    last_error: string | null
    rests_until: number | null
    rests_because: string | null
  }
  attempts: {
    delivery_id: string
    number: number
    started_at: number
    duration_ms: number
    address: string | null
    status: number | null
    answer: string
    error: string | null
  }
  /** One row per living server; only PostgreSQL has any. */
  workers: {
    id: string
    /** Host and process, for whoever looks at the table. */
    place: string
    started_at: number
    /** When it renewed its row last. */
    seen_at: number
    /** Since when it has renewed its row without a gap. */
    steady_since: number
  }
  secrets: { purpose: string; value: string; created_at: number; retires_at: number | null }
  access_keys: {
    id: string
    kind: string
    name: string
    secret: string
    buckets_json: string
    permissions_json: string
    created_at: number
    expires_at: number | null
    is_disabled: number
    last_used_at: number | null
  }
}
