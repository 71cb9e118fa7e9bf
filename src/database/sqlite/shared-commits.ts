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
  'jobs.completeJob': 'deliveries',
  'objects.publishObject': 'jobs',
  'uploads.completeUpload': 'jobs',
}

/** Claims: each meets every wake of its channel that came before it in the same commit. There is one worker and one courier. */
const MEETS: { readonly [call: string]: WakeChannel } = {
  'jobs.claimJobs': 'jobs',
  'deliveries.claimDue': 'deliveries',
}

/** The work that a call may make. */
export function workOf({ store, method }: Call): WakeChannel | undefined {
  return MAY_MAKE[`${store}.${method}`]
}

/**
 * Which calls are expected to make work: those of which the last one did. Most uploads start nothing and most jobs have a
 * callback, but not everywhere; a claim that finds nothing is a price that only few should pay.
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

const nameOf = ({ store, method }: Call): string => `${store}.${method}`

export function metBy({ store, method }: Call): WakeChannel | undefined {
  return MEETS[`${store}.${method}`]
}
