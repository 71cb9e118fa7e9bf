export type {
  AfterAttempt,
  Attempt,
  ClaimedDelivery,
  DeliveryRecord,
  DeliveryState,
  DeliveryStore,
  NewDelivery,
  NewEvent,
} from './delivery-store.ts'
export type { Message, Sink, SinkAnswer } from './sink.ts'
