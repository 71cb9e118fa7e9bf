import type { QueueId, TemplateId } from '../base/index.ts'

/** Where the events of a queue go. */
export interface NotifyConfig {
  readonly state: 'On' | 'Off'
  /** Names of events: `TaskFinish`, `WorkflowFinish`, `WorkflowStart`. */
  readonly events: readonly string[]
  readonly resultFormat: 'XML' | 'JSON'
  /** `null` while it is off and none was given. */
  readonly url: string | null
}

export const notifyNobody: NotifyConfig = Object.freeze({ state: 'Off', events: [], resultFormat: 'XML', url: null })

/** Where jobs wait. */
export interface Queue {
  readonly id: QueueId
  readonly bucket: string
  readonly name: string
  /** `Paused`: nothing new starts; what runs goes on. */
  readonly state: 'Active' | 'Paused'
  readonly notify: NotifyConfig
  /** How many jobs may wait. */
  readonly maxSize: number
  /** How many may run at once. */
  readonly maxConcurrent: number
  readonly createdAt: number
  readonly updatedAt: number
}

/** A saved rule. */
export interface Template {
  readonly id: TemplateId
  readonly bucket: string
  readonly name: string
  /** `null` when it was not given, which acts as false. */
  readonly isPicInfo: boolean | null
  readonly processRule: string
  readonly createdAt: number
  readonly updatedAt: number
}
