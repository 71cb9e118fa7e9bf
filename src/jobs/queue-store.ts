import type { QueueId, TemplateId } from '../base/index.ts'
import type { CallbackOptions, NotifyConfig, TemplateRequest } from '../wire/index.ts'
import type { QueueDefaults } from './job-store.ts'
import type { Queue, Template } from './queue.ts'

export interface PageOf<Item> {
  readonly items: readonly Item[]
  readonly total: number
}

/** The fields of a queue that change; what is absent stays. */
export interface QueueChange {
  readonly name?: string
  readonly state?: 'Active' | 'Paused'
  readonly notify?: NotifyConfig
  readonly callbacks?: CallbackOptions
  readonly maxSize?: number
  readonly maxConcurrent?: number
}

/** A queue that is made by its name; what is absent is what every new queue has. */
export interface NewQueue extends QueueChange {
  readonly name: string
}

/** How many queues a bucket may have: each is looked at whenever jobs are claimed. */
export const MAX_QUEUES = 100

/** A bucket whose image service is open, and since when. */
export interface OpenedBucket {
  readonly bucket: string
  readonly region: string
  readonly openedAt: number
}

/** What the house needs of a place that keeps queues. The image service of a bucket is open while it has a queue. */
export interface QueueStore {
  /**
   * Opens the image service; when it is open already, gives what is there, or fails with `ServiceOpen` when it may only
   * be opened once. Fails with `BucketNotFound`.
   */
  openService(bucket: string, defaults: QueueDefaults, options?: { readonly onlyOnce: boolean }): Promise<OpenedBucket>
  /** Closes it: its queue goes, waiting jobs are cancelled, running ones end. Fails with `ServiceNotOpen`. */
  closeService(bucket: string): Promise<void>
  /** In the order of opening: a bucket that is opened meanwhile moves no page. `names` exact, `prefix` of the name, `regions`: each `null` when it does not matter. */
  listOpened(query: {
    names: readonly string[] | null
    prefix: string | null
    regions: readonly string[] | null
    offset: number
    limit: number
  }): Promise<PageOf<OpenedBucket>>
  /** Those that exist in this bucket. */
  findQueues(bucket: string, ids: readonly string[]): Promise<Queue[]>
  /** Oldest first: a queue that is made meanwhile moves no page. */
  listQueues(query: {
    bucket: string
    state: 'Active' | 'Paused' | null
    offset: number
    limit: number
  }): Promise<PageOf<Queue>>
  /**
   * Makes another queue, after the first one, which is made too when there is none. Fails with `BucketNotFound`, and with
   * `QueueLimitReached` when the bucket has as many as it may have.
   */
  createQueue(bucket: string, queue: NewQueue, defaults: QueueDefaults): Promise<Queue>
  /** Fails with `QueueNotFound`. Activating wakes the workers. */
  updateQueue(bucket: string, id: QueueId, change: QueueChange): Promise<Queue>
}

export interface TemplateStore {
  /**
   * Fails with `TemplateNameTaken`, `BucketNotFound`, and with `TemplateLimitReached` when the bucket has `maxTemplates`
   * already; default: there is no limit.
   */
  createTemplate(bucket: string, body: TemplateRequest, maxTemplates?: number | null): Promise<Template>
  /** Replaces all of it. Fails with `TemplateNotFound`, `TemplateNameTaken`. */
  replaceTemplate(bucket: string, id: TemplateId, body: TemplateRequest): Promise<Template>
  /** Fails with `TemplateNotFound`. */
  deleteTemplate(bucket: string, id: TemplateId): Promise<void>
  /** Those that exist in this bucket, in the order asked for. */
  findTemplates(bucket: string, ids: readonly string[]): Promise<Template[]>
  /** Oldest first: a template that is made meanwhile moves no page. `prefix` of the name, or `null`. */
  listTemplates(query: {
    bucket: string
    prefix: string | null
    offset: number
    limit: number
  }): Promise<PageOf<Template>>
}
