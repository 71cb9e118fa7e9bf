import { type Command, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions, UsageFailure } from '../server-client/index.ts'
import { printable } from '../terminal/index.ts'

interface Options extends ServerOptions {
  readonly format?: 'XML' | 'JSON'
  readonly queue?: string
  readonly workflow?: string
}

interface Tested {
  readonly delivered: boolean
  readonly eventId: string
  readonly url: string
  readonly status: number | null
  readonly address: string | null
  readonly durationMs: number
  readonly answer: string
  readonly error: string | null
}

/** `pixmill receivers test`: one signed event, and what came back. */
export function addTest(receivers: Command): void {
  const command = receivers
    .command('test')
    .description(
      'Send a signed event that tells of nothing, once, and say what came back. Its UserData is "pixmill test".',
    )
    .argument('[receiver]', 'its id, or a whole address: of a receiver, or of one to be')
    .addOption(
      new Option(
        '--format <format>',
        'of the event (default: as the queue or workflow has it for its own address, else XML)',
      ).choices(['XML', 'JSON']),
    )
    .option(
      '--queue <id>',
      'as a callback of this queue: its profile, secrets and headers; without a receiver to its own address',
    )
    .option('--workflow <id>', 'the same for a workflow')
  addServerOptions(command).action((receiver: string | undefined, options: Options) =>
    carryOut('receivers test', options, () => test(receiver, options)),
  )
}

async function test(receiver: string | undefined, options: Options): Promise<number> {
  const { format, queue, workflow } = options
  if (queue !== undefined && workflow !== undefined) {
    throw new UsageFailure('Expected --queue or --workflow, and not both.')
  }
  if (receiver === undefined && queue === undefined && workflow === undefined) {
    throw new UsageFailure('Expected a receiver, --queue or --workflow.')
  }
  const to = receiver?.startsWith('rcv_') ? { receiver } : { url: receiver }
  const client = await connect(options)
  const body = { ...to, format, queue, workflow }
  const tested = (await client.callApi('POST', '/-/api/receivers/test', { body })) as Tested
  process.stdout.write(options.json ? `${JSON.stringify(tested)}\n` : shown(tested))
  return tested.delivered ? 0 : 1
}

function shown({ delivered, eventId, url, status, address, durationMs, answer, error }: Tested): string {
  const where = printable(address === null ? url : `${url} (${address})`)
  const came = delivered ? `answered ${status}` : printable(error ?? '')
  const said = answer.trim() === '' ? '' : `It said: ${printable(answer.trim())}\n`
  return `${where} ${came} after ${durationMs} ms.\nwebhook-id: ${eventId}\n${said}`
}
