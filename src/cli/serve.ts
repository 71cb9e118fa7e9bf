import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import type { Command } from 'commander'
import { keepServerFile } from '../app/server-file.ts'
import type { App } from '../app.ts'
import { asFailure, Failure, type Log } from '../base/index.ts'
import {
  allSettings,
  defaultOf,
  expectedOf,
  flagOf,
  readSettings,
  type Settings,
  unknownVariables,
} from '../settings/index.ts'

/** `pixmill serve`: every setting as a flag, and the environment. */
export function addServe(program: Command): void {
  const command = program.command('serve').description('Run the server until SIGTERM or SIGINT.')
  for (const setting of Object.values(allSettings)) {
    const about = `${setting.says} ${defaultOf(setting)} [${setting.variable}]`
    command.option(
      setting.kind === 'switch' ? `${flagOf(setting)} [${expectedOf(setting)}]` : `${flagOf(setting)} <value>`,
      about,
    )
  }
  command.action(async (options: Record<string, string | true>) => {
    process.exitCode = await serve(options)
  })
}

/**
 * How much more than what is in use V8 lets the heap grow to before it goes through all of it, percent. What arrives over
 * sockets counts as heap: of itself V8 went through everything after every 25 uploads of half a megabyte, which cost a tenth
 * of what a server does.
 */
const HEAP_GROWING_PERCENT = 200

async function serve(options: Record<string, string | true>): Promise<number> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`)
  const flags: Record<string, string> = {}
  for (const setting of Object.values(allSettings)) {
    const value = options[camelCase(flagOf(setting).slice(2))]
    if (value !== undefined) flags[setting.variable] = value === true ? 'true' : value
  }
  try {
    const settings = readSettings(allSettings, { environment: process.env, flags })
    // Only now: the other commands need nothing of them, and they take longer to load than those take. The ledger's
    // thread loads at the same time as the rest of the house.
    const [{ pino }, { openHouseLedger }] = await Promise.all([import('pino'), import('../app/open-ledger.ts')])
    const log = pino({ level: settings.logLevel }, pino.destination({ fd: 2, sync: true }))
    for (const says of unknownVariables(allSettings, process.env)) log.warn(says)

    // Listened for before anything is started, so that a signal during the start is not lost.
    const toldToStop = new Promise<void>((resolve) => {
      let signals = 0
      const onSignal = (): void => {
        signals += 1
        if (signals > 1) process.exit(1)
        resolve()
      }
      process.on('SIGTERM', onSignal)
      process.on('SIGINT', onSignal)
    })
    const opening = openHouseLedger(settings, log)
    // Whoever waits for it hears of its failure.
    opening.catch(() => undefined)
    const { startApp } = await import('../app.ts')
    const app = await startApp(settings, log, opening)
    tellWhatWasMade(app, settings.dataDir)
    const takeAway = await sayWhere(settings, app.url, log)
    process.stdout.write(`pixmill listening on ${app.url}\n`)

    const broken = await Promise.race([toldToStop.then(() => null), app.broken])
    if (broken !== null) log.error({ err: broken }, 'the server cannot go on')
    else log.info({}, 'stopping')
    await takeAway()
    await app.stop()
    return broken === null ? 0 : 1
  } catch (error) {
    process.stderr.write(`pixmill could not start.\n${whyNot(error)}\n`)
    return 1
  }
}

/** Without it commands do not find the server by its data folder; that is no reason not to run. */
async function sayWhere({ dataDir, tlsCert }: Settings, url: string, log: Log): Promise<() => Promise<void>> {
  try {
    return await keepServerFile(dataDir, url, tlsCert)
  } catch (error) {
    log.warn({ err: error }, 'the data folder does not say where this server listens')
    return async () => undefined
  }
}

/** What to tell: our own words, the system's (a folder that cannot be made, a port that is taken), else everything. */
function whyNot(error: unknown): string {
  if (error instanceof Failure && error.code !== 'InternalError') {
    // Of the cause its first line: the rest is where in our code it came up.
    return error.cause === undefined ? error.message : `${error.message}\n${String(error.cause).split('\n')[0]}`
  }
  if (error instanceof Error && 'syscall' in error) return error.message
  const { cause, stack } = asFailure(error)
  return String((cause as Error | undefined)?.stack ?? stack)
}

/** Secrets that did not exist before this start: told once, on standard error and not in the log. */
function tellWhatWasMade({ credentials, madeWebhookSecret }: App, dataDir: string): void {
  if (credentials.isNew) {
    process.stderr.write(`pixmill made a key pair, kept in ${join(dataDir, 'credentials.json')}:
  SecretId  ${credentials.secretId}
  SecretKey ${credentials.secretKey}
`)
  }
  if (madeWebhookSecret !== null) {
    process.stderr.write(`pixmill made a secret that callbacks are signed with, kept in the ledger and not shown again:
  ${madeWebhookSecret}
`)
  }
}

function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_dash, letter: string) => letter.toUpperCase())
}
