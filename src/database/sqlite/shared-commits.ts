import type { WakeChannel } from '../ledger.ts'
import type { Call } from '../stores-by-call.ts'

/*
 * Who makes work wakes the agent that does it, and the agent then claims it: two commits, one after the other. With one
 * server and one thread of the ledger it can be one. The agent is told when such a call has been sent, before it is
 * carried out; its claim stands behind it in the line, shares its commit, and finds what it made. What is claimed is told
 * after the commit, like everything else. A claim that comes too late has a commit of its own, and the wake after the
 * commit is left out only when a claim stood behind.
 */

/** Calls that may make work, and which. */
const MAY_MAKE: { readonly [call: string]: WakeChannel } = {
  'jobs.submitJob': 'jobs',
  'objects.publishObject': 'jobs',
  'uploads.completeUpload': 'jobs',
}

/** Claims: each meets every wake of its channel that came before it in the same commit. There is one worker. */
const MEETS: { readonly [call: string]: WakeChannel } = {
  'jobs.claimJobs': 'jobs',
}

/**
 * Calls whose deliveries a courier may take in hand in the same commit, with no claim at all: the end of a job is told, and
 * the first attempt to tell of a run's last one lets its end be told.
 */
const HAND_OVER: ReadonlySet<string> = new Set(['jobs.completeJob', 'deliveries.recordAttempt'])

export function mayHandOver(call: Call): boolean {
  return HAND_OVER.has(nameOf(call))
}

/** The work that a call may make. */
export function workOf(call: Call): WakeChannel | undefined {
  return MAY_MAKE[nameOf(call)]
}

/**
 * Which calls are expected to make work: those of which the last one did. Most uploads start nothing; a claim that finds
 * nothing is a price that only few should pay.
 */
export class WorkExpected {
  readonly #made = new Map<string, boolean>()

  of(call: Call): WakeChannel | undefined {
    return this.#made.get(nameOf(call)) === true ? workOf(call) : undefined
  }

  /** Told after a call that may make work whether it did. */
  learn(call: Call, hasMade: boolean): void {
    this.#made.set(nameOf(call), hasMade)
  }
}

export function metBy(call: Call): WakeChannel | undefined {
  return MEETS[nameOf(call)]
}

function nameOf({ store, method }: Call): string {
  return `${store}.${method}`
}
