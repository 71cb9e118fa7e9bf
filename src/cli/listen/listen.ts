import { type Command, InvalidArgumentError } from 'commander'
import { webhookKey, webhookRefusal } from '../../callbacks/index.ts'
import { carryOut } from '../carry-out.ts'
import { readableBody } from '../readable-body.ts'
import { ClientFailure, connect, TOKEN_SAYS, UsageFailure } from '../server-client/index.ts'
import { printable } from '../terminal/index.ts'
import { wholeNumber } from '../whole-number.ts'
import { statuses } from './failing-on-purpose.ts'
import { type Heard, type ListenerOptions, startListener } from './listener.ts'
import { callbackJson, inColours, plain, shownCallback } from './shown.ts'

interface Options {
  readonly host: string
  readonly port: number
  readonly forward?: URL
  readonly secret: readonly string[]
  readonly verify: boolean
  readonly fail?: number
  readonly status?: number
  readonly delay: number
  readonly body?: true
  readonly json?: true
  readonly server?: string
  readonly dataDir?: string
  readonly token?: string
}

const DEFAULT_PORT = 8800
const DEFAULT_FAIL_STATUS = 503

/** `pixmill listen`: a receiver on one's own machine. */
export function addListen(program: Command): void {
  program
    .command('listen')
    .description(
      'Receive callbacks on this machine and show them, each verified; forward them to a program, or fail on purpose. Until Ctrl-C.',
    )
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <number>', 'where to listen; 0 picks a free one', wholeNumber(0, 65_535), DEFAULT_PORT)
    .option('--forward <url>', 'send each callback on, as it came, and answer what is answered there', readForward)
    .option(
      '--secret <secret>',
      'what callbacks are signed with, whsec_…; again for each that is valid [PIXMILL_WEBHOOK_SECRET]',
      (text: string, before: readonly string[]) => [...before, text],
      [],
    )
    .option(
      '--server <url>',
      'without a secret: the server that is asked whether a callback is its own [PIXMILL_SERVER]',
    )
    .option('--data-dir <folder>', 'its data folder, where its address and its key pair are found [PIXMILL_DATA_DIR]')
    .option('--token <token>', TOKEN_SAYS)
    .option('--no-verify', 'take callbacks that nobody has signed, too')
    .option('--fail <share>', 'answer so many of them as failed: 30%, evenly spread', readShare)
    .option(
      '--status <code>',
      `what to answer: those that fail (default: ${DEFAULT_FAIL_STATUS}), or all of them without --fail`,
      wholeNumber(200, 599),
    )
    .option('--delay <time>', 'wait before each answer: 250ms, 5s, 2m', readDuration, 0)
    .option('--body', 'show the bodies, too')
    .option('--json', 'a line of JSON for each callback')
    .addHelpText(
      'after',
      '\nExamples:\n  pixmill listen\n  pixmill listen --forward http://localhost:3000/hook\n  pixmill listen --fail 30% --delay 5s\n  pixmill listen --status 410 --json',
    )
    .action((options: Options) => carryOut('listen', options, () => listen(options)))
}

async function listen(options: Options): Promise<number> {
  const verifier = await verifierOf(options)
  const next = statuses({
    share: options.fail ?? (options.status === undefined ? 0 : 1),
    okStatus: 200,
    failStatus: options.status ?? DEFAULT_FAIL_STATUS,
  })
  const listener = await startListener({
    host: options.host,
    port: options.port,
    ...(verifier === null ? {} : { refusal: verifier.refusal }),
    forwardTo: options.forward ?? null,
    nextStatus: () => next.next().value,
    delayMs: options.delay,
    onHeard: shower(options),
  })
  const ended = endAsked()
  const say = (text: string): void => void (options.json ? process.stderr : process.stdout).write(`${text}\n`)
  say(`Listening on ${listener.url}. Give this address as CallBack; Ctrl-C ends it.`)
  say(verifier === null ? 'Signatures are not looked at.' : `Signatures are checked with ${verifier.from}.`)
  await ended
  await listener.stop()
  return 0
}

interface Verifier {
  readonly refusal: NonNullable<ListenerOptions['refusal']>
  /** In words. */
  readonly from: string
}

/** `null`: whoever started it does not want to know. */
async function verifierOf(options: Options): Promise<Verifier | null> {
  if (!options.verify) return null
  const found = foundSecrets(options.secret)
  if (found === null) return verifierOfServer(options)
  return {
    from: found.from,
    refusal: async (headers, body) => webhookRefusal({ headers, body }, { secrets: found.secrets, nowMs: Date.now() }),
  }
}

/** The secrets of a server stay with it: it is asked about each callback. */
async function verifierOfServer(options: Options): Promise<Verifier> {
  const { server, dataDir, token } = options
  try {
    const client = await connect({
      ...(server && { server }),
      ...(dataDir && { dataDir }),
      ...(token !== undefined && { token }),
    })
    const ask = async (headers: Heard['headers'], body: Buffer): Promise<string | null> => {
      const [id = '', timestamp = '', signature = ''] = ['id', 'timestamp', 'signature'].map((name) =>
        String(headers[`webhook-${name}`] ?? ''),
      )
      const asked = { id, timestamp, signature, body: body.toString('base64') }
      const told = (await client.callApi('POST', '/-/api/secrets/verify', { body: asked })) as { reason: string | null }
      return told.reason
    }
    // Whether it is there, and answers us.
    await ask({}, Buffer.alloc(0))
    return {
      from: `the server at ${client.url}`,
      refusal: (headers, body) =>
        ask(headers, body).catch((error: unknown) => `the server could not be asked: ${(error as Error).message}`),
    }
  } catch (error) {
    if (!(error instanceof ClientFailure)) throw error
    throw new ClientFailure(
      error.code,
      `There is no secret to verify callbacks with: neither --secret nor PIXMILL_WEBHOOK_SECRET is given, and no server can be asked. ${error.message}\nTake everything with --no-verify.`,
      { cause: error },
    )
  }
}

function foundSecrets(given: readonly string[]): { readonly secrets: readonly string[]; readonly from: string } | null {
  const { PIXMILL_WEBHOOK_SECRET: secret = '' } = process.env
  const fromEnvironment = secret.split(/[\s,]+/).filter((one) => one !== '')
  const [secrets, from] = given.length > 0 ? [given, '--secret'] : [fromEnvironment, 'PIXMILL_WEBHOOK_SECRET']
  if (secrets.length === 0) return null
  // Not where options are read: what is wrong there is repeated, and a secret with a slip in it is still a secret.
  for (const one of secrets) {
    try {
      webhookKey(one)
    } catch (error) {
      throw new UsageFailure(`${from} cannot be used. ${(error as Error).message}`)
    }
  }
  return { secrets, from }
}

function shower({ json, body }: Options): (heard: Heard) => void {
  if (json) return (heard) => void process.stdout.write(`${JSON.stringify(callbackJson(heard))}\n`)
  const paint = process.stdout.isTTY === true && !process.env.NO_COLOR ? inColours : plain
  return (heard) => void process.stdout.write(shownCallback(heard, paint) + (body ? `${shownBody(heard)}\n` : ''))
}

/** What is no event is shown as it came. */
function shownBody({ event, headers, body }: Heard): string {
  const text = body.toString('utf8')
  const lines = event === null ? text : readableBody(headers['content-type']?.split(';')[0], text)
  return lines.split('\n').map(printable).join('\n')
}

/** Ctrl-C, or whoever supervises it: the ordinary end. */
function endAsked(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
}

function readForward(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw new InvalidArgumentError('Expected an address that begins with http:// or https://.')
}

function readShare(text: string): number {
  const percent = /^(\d{1,3}(?:\.\d+)?)%$/.exec(text)?.[1]
  if (percent !== undefined && Number(percent) <= 100) return Number(percent) / 100
  throw new InvalidArgumentError('Expected a share from 0% to 100%, such as 30%.')
}

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000 } as const
const LONGEST_DELAY_MS = 600_000

function readDuration(text: string): number {
  const [, number, unit] = /^(\d{1,6}(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? []
  const ms = Number(number) * UNITS_MS[unit as keyof typeof UNITS_MS]
  if (ms <= LONGEST_DELAY_MS) return ms
  throw new InvalidArgumentError('Expected a time of at most 10m, such as 250ms, 5s or 2m.')
}
