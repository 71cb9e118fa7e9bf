import type { BackupStore } from '../backup/index.ts'
import type { DeliveryDesk, DeliveryStore, EventStore, ReceiverStore, SigningStore } from '../callbacks/index.ts'
import type { JobStore, QueueStore, RetentionStore, TemplateStore } from '../jobs/index.ts'
import type { KeyStore } from '../keys/index.ts'
import type { ObjectStore, StyleStore, UploadStore } from '../objects/index.ts'
import type { BatchStore, WorkflowStore } from '../workflows/index.ts'
import { sqlBackupStore } from './backup-store.ts'
import { sqlBatchStore } from './batch-store.ts'
import { sqlDeliveryDesk } from './delivery-desk.ts'
import { sqlDeliveryStore } from './delivery-store.ts'
import { sqlEventStore } from './event-store.ts'
import { type FigureStore, sqlFigureStore } from './figure-store.ts'
import { sqlJobStore } from './job-store.ts'
import { sqlKeyStore } from './key-store.ts'
import type { Ledger } from './ledger.ts'
import { sqlObjectStore } from './object-store.ts'
import { sqlQueueStore } from './queue-store.ts'
import { sqlReceiverStore } from './receiver-store.ts'
import { sqlRetentionStore } from './retention-store.ts'
import { type SecretStore, sqlSecretStore } from './secret-store.ts'
import { sqlSigningStore } from './signing-store.ts'
import { sqlStyleStore } from './style-store.ts'
import { sqlTemplateStore } from './template-store.ts'
import { sqlUploadStore } from './upload-store.ts'
import type { WhatFollows } from './what-follows.ts'
import { sqlWorkflowStore } from './workflow-store.ts'

/** Every store of the ledger. A call on any of them is one transaction. */
export interface Stores {
  readonly objects: ObjectStore
  readonly uploads: UploadStore
  readonly jobs: JobStore
  readonly styles: StyleStore
  readonly queues: QueueStore
  readonly templates: TemplateStore
  readonly workflows: WorkflowStore
  readonly deliveries: DeliveryStore
  readonly deliveryDesk: DeliveryDesk
  readonly receivers: ReceiverStore
  readonly events: EventStore
  readonly figures: FigureStore
  readonly signing: SigningStore
  readonly secrets: SecretStore
  readonly retention: RetentionStore
  readonly backup: BackupStore
  readonly batches: BatchStore
  readonly keys: KeyStore
}

/**
 * The stores over one handle. `whatFollows` decides which events are told and where they go; it is called inside the
 * transactions, so it must be pure.
 */
export function sqlStores(ledger: Ledger, whatFollows: WhatFollows): Stores {
  return {
    objects: sqlObjectStore(ledger, whatFollows),
    uploads: sqlUploadStore(ledger, whatFollows),
    jobs: sqlJobStore(ledger, whatFollows),
    styles: sqlStyleStore(ledger),
    queues: sqlQueueStore(ledger, whatFollows),
    templates: sqlTemplateStore(ledger),
    workflows: sqlWorkflowStore(ledger, whatFollows),
    deliveries: sqlDeliveryStore(ledger),
    deliveryDesk: sqlDeliveryDesk(ledger),
    receivers: sqlReceiverStore(ledger),
    events: sqlEventStore(ledger, whatFollows),
    figures: sqlFigureStore(ledger),
    signing: sqlSigningStore(ledger),
    secrets: sqlSecretStore(ledger),
    retention: sqlRetentionStore(ledger),
    backup: sqlBackupStore(ledger),
    batches: sqlBatchStore(ledger, whatFollows),
    keys: sqlKeyStore(ledger),
  }
}
