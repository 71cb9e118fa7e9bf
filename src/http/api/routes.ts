import { type BackupDeps, backupRoutes } from './backup.ts'
import { type BatchDeps, batchRoutes } from './batches.ts'
import { type BucketDeps, bucketRoutes } from './buckets.ts'
import { type DeliveryDeps, deliveryRoutes } from './deliveries.ts'
import { type EventDeps, eventRoutes } from './events.ts'
import { type JobDeps, jobRoutes } from './jobs.ts'
import { type KeyDeps, keyRoutes } from './keys.ts'
import { type ObjectDeps, objectRoutes } from './objects.ts'
import { openApiDocument } from './openapi.ts'
import { type QueueDeps, queueRoutes } from './queues.ts'
import { type ReceiverDeps, receiverRoutes } from './receivers.ts'
import { type ApiRoute, route } from './route.ts'
import { type RunDeps, runRoutes } from './runs.ts'
import { type SecretDeps, secretRoutes } from './secrets.ts'
import { type StyleDeps, styleRoutes } from './styles.ts'
import { type TemplateDeps, templateRoutes } from './templates.ts'
import { type WorkflowDeps, workflowRoutes } from './workflows.ts'

/** What the JSON door needs of the house: what each of its files of routes says it needs. */
export interface ApiDeps
  extends BucketDeps,
    ObjectDeps,
    StyleDeps,
    JobDeps,
    QueueDeps,
    TemplateDeps,
    WorkflowDeps,
    RunDeps,
    BatchDeps,
    EventDeps,
    DeliveryDeps,
    ReceiverDeps,
    SecretDeps,
    BackupDeps,
    KeyDeps {
  readonly workflows: WorkflowDeps['workflows'] & RunDeps['workflows']
}

/** A route of the door about itself. */
const openApiRoute = route<object>({
  method: 'GET',
  path: '/-/api/openapi.json',
  name: 'showOpenApi',
  subject: 'document',
  summary: 'This document.',
  permission: 'read',
  picksOut: true,
  answer: {
    says: 'The OpenAPI 3.1 document of the server that is asked.',
    schema: { type: 'object', additionalProperties: {} },
  },
  carryOut: ({ answer }) => answer(openApiDocument(apiRoutes)),
})

/** Every route of the JSON door. A new subject is a file of routes, and a line here. */
export const apiRoutes: readonly ApiRoute<ApiDeps>[] = [
  openApiRoute,
  ...bucketRoutes,
  ...objectRoutes,
  ...styleRoutes,
  ...jobRoutes,
  ...queueRoutes,
  ...templateRoutes,
  ...workflowRoutes,
  ...runRoutes,
  ...batchRoutes,
  ...eventRoutes,
  ...deliveryRoutes,
  ...receiverRoutes,
  ...secretRoutes,
  ...backupRoutes,
  ...keyRoutes,
]
