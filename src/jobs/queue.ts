import type { QueueId, TemplateId } from '../base/index.ts'
import type { CallbackOptions, NotifyConfig, PicProcess } from '../wire/index.ts'

/** Where jobs wait. */
export interface Queue {
  readonly id: QueueId
  readonly bucket: string
  readonly name: string
  /** `Paused`: nothing new starts; what runs goes on. */
  readonly state: 'Active' | 'Paused'
  readonly notify: NotifyConfig
  /** What is added to the callbacks of its jobs. */
  readonly callbacks: CallbackOptions
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
  readonly picProcess: PicProcess
  readonly createdAt: number
  readonly updatedAt: number
}
