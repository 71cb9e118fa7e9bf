import { type CallbackOptions, callbackOptionsTree, readCallbackOptions } from './callback-options.ts'
import { notifyPaths, refuseOtherTypesThanUrl } from './callback-type.ts'
import type { DocumentFormat, DocumentTree, WireDocument } from './document.ts'
import { caselessChoiceField, choiceField, field, invalid, textField } from './fields.ts'
import { listTree, type PageFacts } from './page.ts'
import { readBody } from './request-body.ts'
import { said } from './said.ts'
import { renderTime } from './times.ts'
import type { XmlElement } from './xml/element.ts'

/** `Paused`: jobs are accepted and wait; those that run are not touched. */
export type QueueState = 'Active' | 'Paused'

/** The events that can be asked for. The last one is sent by old programs, never happens here, and is kept as given. */
export const NOTIFY_EVENTS = ['TaskFinish', 'WorkflowFinish', 'WorkflowStart', 'TransCodingFinish'] as const
export type NotifyEvent = (typeof NOTIFY_EVENTS)[number]

/** Where a queue sends its notifications. */
export interface NotifyConfig {
  readonly state: 'On' | 'Off'
  /** At least one when `On`. */
  readonly events: readonly NotifyEvent[]
  /** `null` when not given; XML then. */
  readonly resultFormat: DocumentFormat | null
  /** Given when `On`. */
  readonly url: string | null
}

export const NOTIFY_OFF: NotifyConfig = Object.freeze({ state: 'Off', events: [], resultFormat: null, url: null })

/** A queue as answers show it. Times are UTC milliseconds. */
export interface QueueView {
  readonly queueId: string
  readonly name: string
  readonly state: QueueState
  readonly notifyConfig: NotifyConfig
  readonly callbackOptions: CallbackOptions
  /** How many jobs may wait, and how many run at once. */
  readonly maxSize: number
  readonly maxConcurrent: number
  readonly bucket: string
  readonly createTimeMs: number
  readonly updateTimeMs: number
}

/**
 * A change to a queue: `null` leaves a part as it is. The official page calls every part required, but programs that
 * only want to pause a queue send nothing but its state. `NotifyConfig` and `CallbackOptions` each replace the old one as a
 * whole.
 */
export interface QueueUpdate {
  readonly name: string | null
  readonly state: QueueState | null
  readonly notifyConfig: NotifyConfig | null
  readonly callbackOptions: CallbackOptions | null
}

/** Letters of any script, digits, `_`, `-`, `*`. */
const QUEUE_NAME = /^[\p{L}\p{N}_*-]{1,128}$/u

/** @throws Failure `MissingContent`, `InvalidContent`, or `InvalidArgument` that names field, value and expectation. */
export function readQueueUpdate(body: Uint8Array | string): QueueUpdate {
  const root = readBody(body, 'Request')
  const name = textField(root, 'Name')
  return {
    name: name === null ? null : checkQueueName(name),
    state: choiceField(root, 'State', ['Active', 'Paused']),
    notifyConfig: field(root, 'NotifyConfig') === null ? null : readNotifyConfig(root, 'NotifyConfig'),
    callbackOptions: readCallbackOptions(root, 'CallbackOptions'),
  }
}

/** @returns the name. @throws Failure `InvalidArgument`. */
export function checkQueueName(name: string): string {
  if (QUEUE_NAME.test(name)) return name
  throw invalid('Name', `is ${said(name)}, expected 1 to 128 letters, digits, "_", "-" or "*".`)
}

/** @param path where the node stands. Whether its URL may be called is asked elsewhere. */
export function readNotifyConfig(root: XmlElement, path: string): NotifyConfig {
  const config: NotifyConfig = {
    state: caselessChoiceField(root, `${path}/State`, ['On', 'Off']) ?? 'Off',
    events: readEvents(root, `${path}/Event`),
    resultFormat: caselessChoiceField(root, `${path}/ResultFormat`, ['XML', 'JSON']),
    url: textField(root, `${path}/Url`),
  }
  refuseOtherTypesThanUrl(root, notifyPaths(path))
  if (config.state === 'On') {
    if (config.events.length === 0)
      throw invalid(`${path}/Event`, 'is missing; with State On expected at least one event.')
    if (config.url === null) throw invalid(`${path}/Url`, 'is missing; with State On expected an address.')
  }
  return config
}

/** A comma list of events, none twice; empty when nothing is given. */
export function readEvents(root: XmlElement, path: string): readonly NotifyEvent[] {
  const words = (textField(root, path) ?? '').split(',').map((word) => word.trim())
  const events = words.filter((word) => word !== '').map((word) => eventNamed(word, path))
  return [...new Set(events)]
}

function eventNamed(word: string, path: string): NotifyEvent {
  const event = NOTIFY_EVENTS.find((one) => one === word)
  if (event !== undefined) return event
  throw invalid(path, `names ${said(word)}, expected a comma list of TaskFinish, WorkflowFinish, WorkflowStart.`)
}

/** What the documents about queues need to know beside the queue. */
export interface QueueAnswerOptions {
  readonly requestId: string
  /** Minutes east of UTC, default +480. */
  readonly timeZoneOffsetMinutes?: number
}

/** Answer to a change of a queue. */
export function queueAnswer(queue: QueueView, options: QueueAnswerOptions): WireDocument {
  return { root: 'Response', content: { Queue: queueTree(queue, options), RequestId: options.requestId } }
}

/** @param unknownIds ids that were asked for and do not exist */
export function queueListAnswer(
  list: { queues: readonly QueueView[]; page: PageFacts | null; unknownIds: readonly string[] },
  options: QueueAnswerOptions,
): WireDocument {
  return {
    root: 'Response',
    content: listTree(list.page, {
      NonExistPIDs: list.unknownIds.length === 0 ? undefined : list.unknownIds,
      QueueList: list.queues.map((queue) => queueTree(queue, options)),
      RequestId: options.requestId,
    }),
  }
}

function queueTree(queue: QueueView, options: QueueAnswerOptions): DocumentTree {
  return {
    BucketId: queue.bucket,
    BucketName: queue.bucket,
    CallbackOptions: callbackOptionsTree(queue.callbackOptions),
    Category: 'PicProcessing',
    CreateTime: renderTime(queue.createTimeMs, 'basic', options.timeZoneOffsetMinutes),
    MaxConcurrent: queue.maxConcurrent,
    MaxSize: queue.maxSize,
    Name: queue.name,
    NotifyConfig: notifyConfigTree(queue.notifyConfig),
    QueueId: queue.queueId,
    State: queue.state,
    UpdateTime: renderTime(queue.updateTimeMs, 'basic', options.timeZoneOffsetMinutes),
  }
}

function notifyConfigTree(config: NotifyConfig): DocumentTree {
  return {
    Event: config.events.join(','),
    ResultFormat: config.resultFormat ?? '',
    State: config.state,
    Type: config.url === null ? '' : 'Url',
    Url: config.url ?? '',
  }
}
