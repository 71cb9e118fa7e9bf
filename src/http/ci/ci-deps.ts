import type { Job, JobStore, QueueDefaults, QueueStore, Submission, Template, TemplateStore } from '../../jobs/index.ts'
import type { ObjectStore } from '../../objects/index.ts'
import type { BatchRequest, SubmitRequest, TemplateRequest, WorkflowRequest } from '../../wire/index.ts'
import type { Batch, BatchStore, ObjectUrl, Run, Workflow, WorkflowStore } from '../../workflows/index.ts'

/** What the processing service's door needs of the house. */
export interface CiDeps {
  submit(bucket: string, request: SubmitRequest, submission?: Submission): Promise<Job>
  readonly jobs: Pick<JobStore, 'findJobs' | 'listJobs' | 'cancelJob'>
  readonly queues: QueueStore
  readonly templates: Omit<TemplateStore, 'createTemplate'>
  createTemplate(bucket: string, request: TemplateRequest): Promise<Template>
  createWorkflow(bucket: string, request: WorkflowRequest): Promise<Workflow>
  replaceWorkflow(bucket: string, id: string, request: WorkflowRequest): Promise<Workflow>
  /** Starts a run by hand. */
  startRun(bucket: string, workflowId: string, object: string): Promise<Run>
  readonly workflows: Pick<
    WorkflowStore,
    'setWorkflowState' | 'deleteWorkflow' | 'findWorkflows' | 'listWorkflows' | 'listRuns' | 'findRun'
  >
  createBatch(bucket: string, request: BatchRequest): Promise<Batch>
  readonly batches: Pick<BatchStore, 'findBatches' | 'listBatches' | 'cancelBatch'>
  /** Where the results of runs are found. */
  readonly objectUrl: ObjectUrl
  readonly buckets: Pick<ObjectStore, 'findBucket' | 'listBuckets'>
  /** Throws `RuleInvalid`, `OperationNotOffered`, or `RuleNotApplicable` for one that names what is not the bucket's. */
  checkRule(bucket: string, rule: string): Promise<void>
  /** Throws `InvalidArgument` naming the field. */
  checkCallbackAddress(url: string, field: string): void
  readonly queueDefaults: QueueDefaults
  /** Whether an image service that is open may not be opened again. */
  readonly refuseSecondOpening: boolean
  /** Minutes east of UTC in which times are written. */
  readonly timeZoneOffsetMinutes: number
  /** Whether the ETag of a result is told with its job; the original leaves it empty. */
  readonly fillResultEtag: boolean
}
