import { randomFillSync } from 'node:crypto'

/** Types that cannot be swapped: a `JobId` is not an `ObjectKey`, though both are text. */
declare const kind: unique symbol
type Named<Name extends string> = string & { readonly [kind]: Name }

export type JobId = Named<'JobId'>
export type QueueId = Named<'QueueId'>
export type TemplateId = Named<'TemplateId'>
export type WorkflowId = Named<'WorkflowId'>
export type RunId = Named<'RunId'>
export type BatchId = Named<'BatchId'>
export type BlobId = Named<'BlobId'>
export type UploadId = Named<'UploadId'>
export type EventId = Named<'EventId'>
export type DeliveryId = Named<'DeliveryId'>
/** Made of the address, see `receiverOf`: the same receiver has the same id everywhere. */
export type ReceiverId = Named<'ReceiverId'>

/** Chance is fetched for some hundred ids at once: a call costs the same for eight bytes and for four thousand. */
const chance = Buffer.alloc(4096)
let used = chance.length

/** So many bytes of cryptographic chance as hexadecimal digits; each is given out once. */
function chanceHex(bytes: number): string {
  if (used + bytes > chance.length) {
    randomFillSync(chance)
    used = 0
  }
  used += bytes
  return chance.toString('hex', used - bytes, used)
}

let lastMs = 0
let count = 0

/**
 * 32 hexadecimal digits, ordered by time of making: 48 bits of milliseconds, 16 bits of a counter that grows within a
 * millisecond, 64 bits of chance. Rows that are made together lie together in the index, and a list by (time, id) is
 * the order of making.
 */
export function timeOrderedHex(nowMs: number): string {
  if (nowMs > lastMs) {
    lastMs = nowMs
    count = 0
  } else if (++count > 0xffff) {
    lastMs += 1
    count = 0
  }
  return lastMs.toString(16).padStart(12, '0') + count.toString(16).padStart(4, '0') + chanceHex(8)
}

/**
 * The protocol's ids: a letter that says what it is, then 32 hex digits. Queues, templates and workflows are few and
 * carry chance alone; jobs, runs and batches are many and are ordered by time.
 */
export const newId = {
  job: (nowMs: number): JobId => `c${timeOrderedHex(nowMs)}` as JobId,
  queue: (): QueueId => `p${chanceHex(16)}` as QueueId,
  template: (): TemplateId => `t1${chanceHex(16)}` as TemplateId,
  workflow: (): WorkflowId => `w${chanceHex(16)}` as WorkflowId,
  run: (nowMs: number): RunId => `i${timeOrderedHex(nowMs)}` as RunId,
  batch: (nowMs: number): BatchId => `b${timeOrderedHex(nowMs)}` as BatchId,
  blob: (nowMs: number): BlobId => timeOrderedHex(nowMs) as BlobId,
  upload: (nowMs: number): UploadId => timeOrderedHex(nowMs) as UploadId,
  event: (nowMs: number): EventId => `evt_${timeOrderedHex(nowMs)}` as EventId,
  delivery: (nowMs: number): DeliveryId => `dlv_${timeOrderedHex(nowMs)}` as DeliveryId,
  lease: (): string => chanceHex(16),
} as const

/** The request id of an answer: Base64 of hex parts joined by underscores, as the original writes it. */
export function newRequestId(nowMs: number): string {
  const digits = chanceHex(8)
  const parts = [Math.floor(nowMs / 1000).toString(16), digits.slice(0, 8), digits.slice(8, 12), digits.slice(12)]
  return Buffer.from(parts.join('_')).toString('base64')
}
