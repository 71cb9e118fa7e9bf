import { type BackupDeps, backupRoutes } from './backup.ts'
import { type DeliveryDeps, deliveryRoutes } from './deliveries.ts'
import { type EventDeps, eventRoutes } from './events.ts'
import { type JobDeps, jobRoutes } from './jobs.ts'
import { type ReceiverDeps, receiverRoutes } from './receivers.ts'
import type { ApiRoute } from './route.ts'

/** What the JSON door needs of the house: what each of its files of routes says it needs. */
export interface ApiDeps extends JobDeps, EventDeps, DeliveryDeps, ReceiverDeps, BackupDeps {}

/** Every route of the JSON door. A new subject is a file of routes, and a line here. */
export const apiRoutes: readonly ApiRoute<ApiDeps>[] = [
  ...jobRoutes,
  ...eventRoutes,
  ...deliveryRoutes,
  ...receiverRoutes,
  ...backupRoutes,
]
