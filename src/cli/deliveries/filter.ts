import { type Command, Option } from 'commander'
import { readTypedTime } from '../read-time.ts'
import { receiverNamed } from '../receivers/told-receiver.ts'
import { UsageFailure } from '../server-client/index.ts'

/** Which deliveries a command is about. */
export interface FilterOptions {
  readonly state?: readonly string[]
  readonly queue?: string
  readonly job?: string
  readonly receiver?: string
  readonly since?: number
  readonly until?: number
}

export function addFilterOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--state <state...>', 'only those in these states').choices([
        'Waiting',
        'Sending',
        'Held',
        'Delivered',
        'Dead',
        'Cancelled',
      ]),
    )
    .option('--queue <id>', 'only those of jobs in this queue')
    .option('--job <id>', 'only those that tell of this job, or run')
    .option('--receiver <receiver>', 'only those to this receiver: its id, or its address')
    .option('--since <time>', 'only those whose event was then or later', readTypedTime)
    .option('--until <time>', 'only those whose event was before that time', readTypedTime)
}

/** The same as the JSON door asks it. @throws UsageFailure for what nothing can fit */
export function filterOf({ state, queue, job, receiver, since, until }: FilterOptions) {
  if (since !== undefined && until !== undefined && until <= since) {
    throw new UsageFailure(`--until is no later than --since: nothing is between them.`)
  }
  return {
    ...(state === undefined ? {} : { state }),
    ...(queue === undefined ? {} : { queue }),
    ...(job === undefined ? {} : { subject: job }),
    ...(receiver === undefined ? {} : { receiver: receiverNamed(receiver) }),
    ...(since === undefined ? {} : { from: new Date(since).toISOString() }),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  }
}
