import type { ToldBatch } from '../../wire/index.ts'
import { type BucketClient, getBatch } from '../server-client/index.ts'
import { LiveLines, shownClock } from '../terminal/index.ts'
import { watch } from '../watch.ts'
import { batchJson } from './batch-json.ts'
import { failureLines, outcomeLine, progressLine } from './batch-lines.ts'
import { Estimate } from './estimate.ts'

/** A bar that moves; without a terminal a line for each change is enough more seldom. */
const ASK_EVERY_MS = { terminal: 250, lines: 1_000 } as const
const FAILURES_SHOWN = 10

type Show = (batch: ToldBatch, trouble: string | null) => void

/** Shows a batch until it has ended. Gives the exit code: 0 when it succeeded and nothing in it failed. */
export async function watchBatch(bucket: BucketClient, batchId: string, asJson: boolean): Promise<number> {
  const isLive = process.stdout.isTTY === true && !asJson
  const batch = await watch({
    read: () => getBatch(bucket, batchId),
    show: asJson ? jsonLines() : isLive ? liveBar() : linePerChange(),
    hasEnded: hasBatchEnded,
    everyMs: isLive ? ASK_EVERY_MS.terminal : ASK_EVERY_MS.lines,
    interrupted: `The batch goes on: pixmill batch watch ${batchId}, or pixmill batch cancel ${batchId}`,
  })
  if (!asJson) process.stdout.write(`${outcomeLine(batch)}\n${failureLines(batch, FAILURES_SHOWN)}`)
  return batch.state === 'Success' && batch.counts.failed === 0 ? 0 : 1
}

export function hasBatchEnded({ state }: ToldBatch): boolean {
  return state === 'Success' || state === 'Failed' || state === 'Cancel'
}

function liveBar(): Show {
  const lines = new LiveLines(process.stdout)
  const estimate = new Estimate()
  return (batch, trouble) => {
    if (trouble === null) estimate.add(performance.now(), batch.counts.ended)
    lines.show([progressLine(batch, estimate), ...(trouble === null ? [] : [trouble])])
  }
}

function jsonLines(): Show {
  let last = ''
  return (batch) => {
    const text = JSON.stringify(batchJson(batch))
    if (text !== last) process.stdout.write(`${text}\n`)
    last = text
  }
}

function linePerChange(): Show {
  const estimate = new Estimate()
  let last = ''
  let isTroubled = false
  return (batch, trouble) => {
    if (trouble !== null && !isTroubled) process.stderr.write(`${trouble}\n`)
    isTroubled = trouble !== null
    if (trouble === null) estimate.add(performance.now(), batch.counts.ended)
    // Speed and estimate change by themselves.
    const facts = JSON.stringify([batch.state, batch.counts])
    if (facts !== last) process.stdout.write(`${shownClock(Date.now())}  ${progressLine(batch, estimate)}\n`)
    last = facts
  }
}
