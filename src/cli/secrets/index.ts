import { type Command, InvalidArgumentError } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions, UsageFailure } from '../server-client/index.ts'
import { shownTime, table } from '../terminal/index.ts'

interface Options extends ServerOptions {
  readonly queue?: string
  readonly workflow?: string
  /** Seconds. */
  readonly keepOld?: number
}

interface ToldSecret {
  readonly queue: string | null
  readonly workflow: string | null
  readonly fingerprint: string
  readonly createTime: string
  readonly retireTime: string | null
}

/** `pixmill secrets …`. */
export function addSecrets(program: Command): void {
  const secrets = program.command('secrets').description('What callbacks are signed with.')
  const list = secrets.command('list').description('List the secrets that sign now, by their fingerprints.')
  addServerOptions(list).action((options: Options) => carryOut('secrets list', options, () => listSecrets(options)))
  const rotate = secrets
    .command('rotate')
    .description(
      'Make a new secret and print it: it is shown once, and never again. The old one goes on signing beside it for a while.',
    )
    .option('--keep-old <time>', 'how long the old one goes on signing: 0, 30m, 24h, 7d (default: 24h)', readSeconds)
  addServerOptions(addOwnerOptions(rotate)).action((options: Options) =>
    carryOut('secrets rotate', options, () => rotateSecret(options)),
  )
  const remove = secrets
    .command('remove')
    .description('Take the secrets of a queue or workflow away; what is above it signs again.')
  addServerOptions(addOwnerOptions(remove)).action((options: Options) =>
    carryOut('secrets remove', options, () => removeSecrets(options)),
  )
}

function addOwnerOptions(command: Command): Command {
  return command
    .option('--queue <id>', 'of the callbacks of this queue (default: of the server)')
    .option('--workflow <id>', 'of the callbacks of this workflow')
}

async function listSecrets(options: Options): Promise<number> {
  const client = await connect(options)
  const told = (await client.callApi('GET', '/-/api/secrets')) as {
    secrets: ToldSecret[]
    givenBySettings: boolean
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify(told)}\n`)
    return 0
  }
  if (told.givenBySettings) process.stdout.write('The secret of the server is set by PIXMILL_WEBHOOK_SECRET.\n')
  const rows = told.secrets.map(({ queue, workflow, fingerprint, createTime, retireTime }) => [
    queue !== null ? `queue ${queue}` : workflow !== null ? `workflow ${workflow}` : 'the server',
    fingerprint,
    shownTime(Date.parse(createTime)),
    retireTime === null ? '' : shownTime(Date.parse(retireTime)),
  ])
  if (rows.length > 0) process.stdout.write(table([['OF', 'FINGERPRINT', 'MADE', 'SIGNS UNTIL'], ...rows]))
  return 0
}

async function rotateSecret({ queue, workflow, keepOld, ...options }: Options): Promise<number> {
  const client = await connect(options)
  const body = { queue, workflow, keepOldSeconds: keepOld }
  const told = (await client.callApi('POST', '/-/api/secrets/rotate', { body })) as { secret: string }
  process.stdout.write(`${options.json ? JSON.stringify(told) : told.secret}\n`)
  return 0
}

async function removeSecrets({ queue, workflow, ...options }: Options): Promise<number> {
  if (queue === undefined && workflow === undefined) throw new UsageFailure('Expected --queue or --workflow.')
  const client = await connect(options)
  const told = (await client.callApi('POST', '/-/api/secrets/remove', { body: { queue, workflow } })) as {
    removed: number
  }
  process.stdout.write(options.json ? `${JSON.stringify(told)}\n` : `${told.removed} removed.\n`)
  return 0
}

const UNITS_SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const
const LONGEST_SECONDS = 30 * 86_400

function readSeconds(text: string): number {
  const [, number, unit = 's'] = /^(\d{1,7})(s|m|h|d)?$/.exec(text) ?? []
  const seconds = Number(number) * UNITS_SECONDS[unit as keyof typeof UNITS_SECONDS]
  if (seconds <= LONGEST_SECONDS && (text === '0' || /\D$/.test(text))) return seconds
  throw new InvalidArgumentError('Expected a time of at most 30d, such as 0, 30m, 24h or 7d.')
}
