export { Courier, type CourierOptions, type CourierSignal } from './courier.ts'
export type {
  DeliveryCursor,
  DeliveryDesk,
  DeliveryFilter,
  DeliveryInFull,
  DeliverySummary,
  PageOfDeliveries,
  ResentDeliveries,
} from './delivery-desk.ts'
export { type DeliveryRescuerOptions, deliveryRescuer } from './delivery-rescuer.ts'
export {
  type AfterAttempt,
  type Attempt,
  type ClaimDueOptions,
  type ClaimedDelivery,
  type ClaimOffer,
  DELIVERY_STATES,
  type DeliveryFacts,
  type DeliveryRecord,
  type DeliveryState,
  type DeliveryStore,
  type DeliveryTaker,
  type NewDelivery,
  type NewEvent,
  type PutOff,
  type PutOffLine,
} from './delivery-store.ts'
export { EventFeed, type EventFeedOptions } from './event-feed.ts'
export type { EventPage, EventQuery, EventStore, FeedEvent, FeedPlace } from './event-store.ts'
export { maskUrl } from './mask-url.ts'
export { type ReceiverCleanerOptions, receiverCleaner } from './receiver-cleaner.ts'
export { findReceiverOf, type Receiver, receiverOf } from './receiver-of.ts'
export type {
  PageOfReceivers,
  ReceiverInFull,
  ReceiverNote,
  ReceiverQuery,
  ReceiverRecord,
  ReceiverStanding,
  ReceiverStore,
  RestReason,
} from './receiver-store.ts'
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
export { KEEP_OLD_SECRET_MS, SigningBook, type SigningBookOptions } from './signing-book.ts'
export type {
  CallbackGround,
  SecretOwner,
  SecretRecord,
  Signing,
  SigningSecret,
  SigningStore,
} from './signing-store.ts'
export type { Message, Sink, SinkAnswer } from './sink.ts'
export { ONLY_FAILED, switchReceiverOff, switchReceiverOn } from './switch-receiver.ts'
export { type TaskFinishEventOptions, taskFinishEvent } from './task-finish.ts'
export { type ReceiverTest, type TestedReceiver, type TestReceiverOptions, testReceiver } from './test-receiver.ts'
export { type WorkflowEventFacts, workflowEvent } from './workflow-event.ts'
