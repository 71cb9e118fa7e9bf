import { maskUrl } from '../../callbacks/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'

/** A queue as the JSON door tells it. */
export interface ToldQueue {
  readonly queueId: string
  readonly bucket: string
  readonly name: string
  readonly state: 'Active' | 'Paused'
  readonly notify: { readonly url: string; readonly events: readonly string[]; readonly format: string } | null
  readonly maxSize: number
  readonly maxConcurrent: number
  readonly createTime: string
  readonly updateTime: string
}

/** For people. */
export function queueText(queue: ToldQueue): string {
  const { notify } = queue
  return table([
    ['queue', queue.queueId],
    ['name', printable(queue.name)],
    ['bucket', queue.bucket],
    ['state', queue.state],
    ['may wait', String(queue.maxSize)],
    ['may run at once', String(queue.maxConcurrent)],
    [
      'tells',
      notify === null ? 'nobody' : printable(`${maskUrl(notify.url)} (${notify.events.join(', ')}; ${notify.format})`),
    ],
    ['made', shownTime(Date.parse(queue.createTime))],
    ['changed', shownTime(Date.parse(queue.updateTime))],
  ])
}
