import type { WakeChannel } from '../ledger.ts'
import type { Call } from '../stores-by-call.ts'

/*
 * Who makes work wakes the agent that does it, and the agent then claims it: two commits, one after the other. With one
 * server and one thread of the ledger it can be one. The agent is told when such a call has been sent, before it is
 * carried out; its claim stands behind it in the line, shares its commit, and finds what it made. What is claimed is told
 * after the commit, like everything else. A claim that comes too late has a commit of its own, and the wake after the
 * commit is left out only when a claim stood behind.
 */

/** The work that a call makes when it succeeds. An upload is not among them: few start anything. */
const MAKES_WORK: { readonly [call: string]: WakeChannel } = {
  'jobs.submitJob': 'jobs',
  'jobs.completeJob': 'deliveries',
}

/** Claims: each meets every wake of its channel that came before it in the same commit. There is one worker and one courier. */
const MEETS: { readonly [call: string]: WakeChannel } = {
  'jobs.claimJobs': 'jobs',
  'deliveries.claimDue': 'deliveries',
}

export function workOf({ store, method }: Call): WakeChannel | undefined {
  return MAKES_WORK[`${store}.${method}`]
}

export function metBy({ store, method }: Call): WakeChannel | undefined {
  return MEETS[`${store}.${method}`]
}
