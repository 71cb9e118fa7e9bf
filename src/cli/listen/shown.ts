import { maskUrl } from '../../callbacks/index.ts'
import { printable, shownClock } from '../terminal/index.ts'
import type { Heard } from './listener.ts'
import type { ToldEvent } from './told-event.ts'

/** How a word is written; without colours all of them leave it as it is. */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly faint: (text: string) => string
}

const written = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`

export const inColours: Paint = { good: written(32), bad: written(31), faint: written(2) }
export const plain: Paint = { good: same, bad: same, faint: same }

function same(text: string): string {
  return text
}

/** A callback in two lines: what it says, and what became of it. */
export function shownCallback(heard: Heard, paint: Paint): string {
  const time = paint.faint(shownClock(heard.at.getTime()))
  const { event } = heard
  const says =
    event === null ? paint.bad(printable(`${heard.method} ${maskUrl(heard.path)}`)) : shownEvent(event, paint)
  return `${time}  ${says}\n          ${shownFate(heard, paint)}\n`
}

function shownEvent(event: ToldEvent, paint: Paint): string {
  const state = (event.state === 'Failed' || event.state === 'Cancel' ? paint.bad : paint.good)(printable(event.state))
  if (event.name !== 'TaskFinish') {
    const tasks = event.name === 'WorkflowFinish' ? `, ${event.tasks} ${event.tasks === 1 ? 'job' : 'jobs'}` : ''
    return `${event.name}  ${state}  ${printable(`${event.runId}  ${event.workflow}: ${event.object}${tasks}`)}`
  }
  const came = event.output === '' ? `${event.code}: ${event.message}` : `→ ${event.output}  ${event.result}`
  const of = event.workflow === '' ? '' : `  (${event.workflow})`
  return `TaskFinish  ${state}  ${printable(`${event.jobId}  ${event.object} ${came}${of}`)}`
}

function shownFate({ isVerified, problem, id, times, forwarded, status, durationMs }: Heard, paint: Paint): string {
  const parts: string[] = []
  if (problem !== null) parts.push(paint.bad(printable(problem)))
  else parts.push(isVerified === true ? paint.good('verified') : 'not verified')
  if (id !== null) parts.push(printable(id))
  if (times > 1) parts.push(`the ${ordinal(times)} time`)
  if (forwarded !== null) {
    parts.push(
      'status' in forwarded
        ? `forwarded, answered ${forwarded.status}`
        : paint.bad(`forwarded to nobody: ${printable(forwarded.error)}`),
    )
  }
  parts.push((status >= 200 && status < 300 ? paint.good : paint.bad)(`answered ${status} after ${durationMs} ms`))
  return parts.join(' · ')
}

function ordinal(number: number): string {
  const ending = { 1: 'st', 2: 'nd', 3: 'rd' }[number % 10]
  return `${number}${ending === undefined || Math.floor((number % 100) / 10) === 1 ? 'th' : ending}`
}

/** The same for programs: one line of JSON. */
export function callbackJson(heard: Heard): object {
  return {
    time: heard.at.toISOString(),
    event: heard.event,
    webhookId: heard.id,
    verified: heard.isVerified,
    problem: heard.problem,
    times: heard.times,
    contentType: heard.headers['content-type'] ?? null,
    body: heard.body.toString('utf8'),
    forwarded: heard.forwarded,
    answered: heard.status,
    durationMs: heard.durationMs,
  }
}
