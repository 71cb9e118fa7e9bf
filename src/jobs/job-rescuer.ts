import { type Agent, every, type Log } from '../base/index.ts'
import type { JobStore } from './job-store.ts'

export interface JobRescuerOptions {
  readonly store: Pick<JobStore, 'rescueJobs'>
  /** A job that was running at this many unclean ends fails. */
  readonly maxUncleanEnds: number
  /** Wait between two rounds. */
  readonly everyMs: number
  readonly log: Log
}

/** Takes over the jobs of servers that died, while this one lives beside them. */
export function jobRescuer({ store, maxUncleanEnds, everyMs, log }: JobRescuerOptions): Agent {
  return every({
    everyMs,
    log,
    whenItFails: 'could not look for jobs whose server is gone; trying again',
    async round() {
      const rescued = await store.rescueJobs(maxUncleanEnds)
      if (rescued.returned + rescued.failed > 0) log.warn(rescued, 'took over the jobs of a server that is gone')
    },
  })
}
