import type { Stores } from './stores.ts'
import type { Call } from './stores-by-call.ts'

/**
 * The port calls that only ask. They need no sync of the disk, so they do not wait for the commits of others: on a disk
 * whose syncs take 20 ms, whoever fetches an object would wait for everybody who submits a job. A call that is missing here
 * is merely slower.
 */
const reads: { readonly [Store in keyof Stores]?: readonly (keyof Stores[Store] & string)[] } = {
  objects: ['findBucket', 'listBuckets', 'findObject', 'findToRead', 'listObjects', 'findCorsRules', 'namedAmong'],
  uploads: ['findUpload', 'listParts', 'listUploads'],
  jobs: ['findJobs', 'listJobs', 'nextRetryAt'],
  styles: ['listStyles', 'findStyles', 'isOriginProtected'],
  keys: ['keptKeys'],
  queues: ['listOpened', 'findQueues', 'listQueues'],
  templates: ['findTemplates', 'listTemplates'],
  workflows: ['findWorkflows', 'listWorkflows', 'listRuns', 'findRun'],
  deliveries: ['nextDueAt', 'deliveriesOf'],
  deliveryDesk: ['listDeliveries', 'findDelivery'],
  receivers: ['listReceivers', 'findReceiver'],
  signing: ['findSigning', 'listSecrets'],
  retention: ['endedJobBehind'],
  backup: ['namedBlobTotals', 'namedBlobsAfter'],
  batches: ['findBatches', 'listBatches', 'openBatches', 'countKeys'],
}

export function isRead({ store, method }: Call): boolean {
  return (reads[store] as readonly string[] | undefined)?.includes(method) ?? false
}

/** Questions of one statement, which sees one state of the ledger without a transaction around it. */
const ofOneStatement: typeof reads = {
  objects: ['findBucket', 'findObject', 'findToRead', 'findCorsRules'],
  styles: ['isOriginProtected'],
}

export function isOneStatement({ store, method }: Call): boolean {
  return (ofOneStatement[store] as readonly string[] | undefined)?.includes(method) ?? false
}

/**
 * The port calls whose outcome nobody is waiting for: that a callback was delivered is written down for the record, and the
 * next one of its receiver is on its way meanwhile; a batch goes on some milliseconds later as well. Such a call need not
 * have a sync of the disk for itself.
 */
const patient: typeof reads = {
  deliveries: ['recordAttempt'],
  batches: ['advanceBatch', 'settleBatch'],
  keys: ['noteKeyUses'],
}

export function isPatient({ store, method }: Call): boolean {
  return (patient[store] as readonly string[] | undefined)?.includes(method) ?? false
}
