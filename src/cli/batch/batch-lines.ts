import type { ToldBatch } from '../../wire/index.ts'
import { bar, printable, shownDuration, table } from '../terminal/index.ts'
import type { Estimate } from './estimate.ts'

/** A number as people read it: `10,000`. */
export function counted(count: number): string {
  return count.toLocaleString('en-US')
}

/** How far a batch is, in a line: bar, counts, speed, and an estimate of the time left. */
export function progressLine({ name, state, progress, counts }: ToldBatch, estimate: Estimate): string {
  const { total, listed, ended, failed } = counts
  const { rate } = estimate
  const left = total === null || state !== 'Running' ? null : estimate.leftMs(total)
  return [
    printable(name),
    state,
    `${bar(total === null || total === 0 ? progress / 100 : ended / total)} ${progress} %`,
    total === null ? `${counted(ended)} of ${counted(listed)} found so far` : `${counted(ended)} of ${counted(total)}`,
    ...(failed === 0 ? [] : [`${counted(failed)} failed`]),
    ...(rate === null || state !== 'Running' ? [] : [`${rate < 10 ? rate.toFixed(1) : counted(Math.round(rate))}/s`]),
    ...(left === null ? [] : [`about ${shownDuration(left)} left`]),
  ].join('  ')
}

/** How a batch ended. */
export function outcomeLine(batch: ToldBatch): string {
  const { name, state, counts, createTimeMs, endTimeMs } = batch
  const took = endTimeMs === null ? '' : ` in ${shownDuration(endTimeMs - createTimeMs)}`
  const why = reasonOf(batch)
  const told = why === '' ? state : `${state} (${why})`
  return printable(`${name}: ${told}, ${counted(counts.ended)} done${took}, ${counted(counts.failed)} failed`)
}

/** Why it failed, or that it found nothing to do; empty when there is nothing to say. */
export function reasonOf({ state, code, message }: Pick<ToldBatch, 'state' | 'code' | 'message'>): string {
  return state === 'Failed' ? `${code}: ${message}` : message
}

/** The first failures, each with its reason; empty when there are none. */
export function failureLines({ failures, counts }: ToldBatch, most: number): string {
  const rows = failures.slice(0, most).map(({ object, code, message }) => [object, code, message].map(printable))
  const more = counts.failed - rows.length
  return `${table(rows)}${more > 0 && rows.length > 0 ? `and ${counted(more)} more\n` : ''}`
}

/** What a batch works on, and what it does. */
export function workText({ input, workflowIds, job }: ToldBatch): string {
  const words = {
    Prefix: 'objects below',
    Object: 'the object',
    UrlFile: 'the list',
    Manifest: 'the manifest',
  } as const
  const what =
    job === null
      ? `workflow ${workflowIds.join(', ')}`
      : job.templateId === null
        ? job.inline!.processRule
        : `template ${job.templateId}`
  return printable(`${words[input.kind]} ${input.value}: ${what}`)
}
