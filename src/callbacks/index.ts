export { Courier, type CourierOptions, type CourierSignal } from './courier.ts'
export { type DeliveryRescuerOptions, deliveryRescuer } from './delivery-rescuer.ts'
export type {
  AfterAttempt,
  Attempt,
  ClaimDueOptions,
  ClaimedDelivery,
  DeliveryRecord,
  DeliveryState,
  DeliveryStore,
  NewDelivery,
  NewEvent,
} from './delivery-store.ts'
export { maskUrl } from './mask-url.ts'
export { originOf } from './origin-of.ts'
export { defaultRetryWaitsSeconds, GIVE_UP_AFTER_MS } from './retry-schedule.ts'
export {
  type NotifySettings,
  type Route,
  routeTaskFinish,
  routeWorkflowEvent,
  type TaskFinishRouting,
} from './routing.ts'
export {
  newWebhookSecret,
  type ReceivedWebhook,
  SIGNATURE_TOLERANCE_SECONDS,
  type SignedContent,
  signWebhook,
  type VerifyOptions,
  webhookKey,
  webhookRefusal,
} from './signature.ts'
export type { Message, Sink, SinkAnswer } from './sink.ts'
export { type TaskFinishEventOptions, taskFinishEvent } from './task-finish.ts'
export { type WorkflowEventFacts, workflowEvent } from './workflow-event.ts'
