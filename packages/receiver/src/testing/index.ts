export {
  again,
  type Delivery,
  type DeliveryOptions,
  deliveryOf,
  post,
  requestTo,
  type SignOptions,
  signed,
  tampered,
  unsigned,
} from './deliveries.ts'
export { type DocumentOptions, type Format, type Profile, renderEvent } from './documents.ts'
export { type DeliveryCase, everyDelivery } from './every-delivery.ts'
export {
  taskFailed,
  taskOfWorkflow,
  taskSucceeded,
  workflowFailed,
  workflowFinished,
  workflowStarted,
} from './samples.ts'
