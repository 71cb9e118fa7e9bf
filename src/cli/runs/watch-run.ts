import type { ToldRun } from '../../wire/index.ts'
import { type BucketClient, getRun } from '../server-client/index.ts'
import { LiveLines, printable, shownClock } from '../terminal/index.ts'
import { watch } from '../watch.ts'
import { nodeStates } from './node-states.ts'
import { runJson } from './run-json.ts'
import { outcomeOf, runLines } from './run-lines.ts'

const ASK_EVERY_MS = 250

/** How a run is shown while it goes on. */
type Show = (run: ToldRun, trouble: string | null) => void

/** Shows a run until it has ended. Gives the exit code: 0 when all of it succeeded. */
export async function watchRun(bucket: BucketClient, runId: string, asJson: boolean): Promise<number> {
  const run = await watch({
    read: () => getRun(bucket, runId),
    show: asJson ? jsonLines() : process.stdout.isTTY ? liveTree() : linePerChange(),
    hasEnded: ({ state }) => state !== 'Running',
    everyMs: ASK_EVERY_MS,
    interrupted: `The run goes on: pixmill runs watch ${runId}`,
  })
  return run.state === 'Success' ? 0 : 1
}

function liveTree(): Show {
  const lines = new LiveLines(process.stdout)
  return (run, trouble) => lines.show([...runLines(run, Date.now()), ...(trouble === null ? [] : [trouble])])
}

function jsonLines(): Show {
  let last = ''
  return (run) => {
    const text = JSON.stringify(runJson(run))
    if (text !== last) process.stdout.write(`${text}\n`)
    last = text
  }
}

function linePerChange(): Show {
  const states = new Map<string, string>()
  let isTroubled = false
  const say = (what: string, state: string, outcome: string): void => {
    const line = `${shownClock(Date.now())}  ${printable(what)}  ${state}${outcome === '' ? '' : `  ${outcome}`}`
    process.stdout.write(`${line}\n`)
  }
  return (run, trouble) => {
    if (trouble !== null && !isTroubled) process.stderr.write(`${trouble}\n`)
    isTroubled = trouble !== null
    for (const { name, state, task } of nodeStates(run)) {
      const isNew = states.get(name) !== state
      states.set(name, state)
      // That a node waits, or never began, is no change.
      if (isNew && task !== null) say(name, state, outcomeOf(task))
    }
    // Last, and under a name that no node can have.
    const isNew = states.get('') !== run.state
    states.set('', run.state)
    if (isNew) say(`run ${run.runId}`, run.state, printable(run.object))
  }
}
