import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { compiledProgram } from '../../base/index.ts'
import type { KeyPair } from '../../http/authentication/index.ts'
import { DemoFailure } from './demo-failure.ts'

/** After this long without the line that says it listens, the server is given up. */
const START_WITHIN_MS = 30_000
/** Longer than the grace the server gives to running jobs would be no use here: the demo waited for them already. */
const STOP_WITHIN_MS = 10_000
/** Of what the server wrote on standard error, kept to be shown when it fails. */
const KEPT_ERROR_CHARACTERS = 16_000

export interface DemoServerOptions {
  readonly dataDir: string
  /** `name@region`. */
  readonly bucket: string
  readonly key: KeyPair
  readonly webhookSecret: string
}

/** The real server, as a process of its own: started as `pixmill serve`, stopped as by a service manager. */
export interface DemoServer {
  /** `http://HOST:PORT`. */
  readonly url: string
  readonly startedInMs: number
  /** Rejects when the server ends before it is told to. */
  readonly endedEarly: Promise<never>
  stop(): Promise<void>
}

export async function startDemoServer(options: DemoServerOptions, signal: AbortSignal): Promise<DemoServer> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [compiledProgram('cli/pixmill.js'), 'serve'], {
    env: { ...withoutPixmill(process.env), ...environmentOf(options) },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C in a terminal reaches the demo alone, which then stops the server in order.
    detached: true,
  })
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    told = (told + text).slice(-KEPT_ERROR_CHARACTERS)
  })
  // Whatever happens to the demo, no server is left behind.
  const killAtOnce = (): void => void child.kill('SIGKILL')
  process.once('exit', killAtOnce)
  let isStopping = false
  const ended = endOf(child)
  const endedEarly = ended.then((how): never => {
    throw new DemoFailure(`The server ended although nobody told it to (${how}). It wrote:\n${indented(told)}`)
  })
  // Nobody may be listening at that moment; whoever does gets it all the same.
  endedEarly.catch(() => {})

  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    child.kill('SIGTERM')
    const timer = setTimeout(killAtOnce, STOP_WITHIN_MS)
    await ended
    clearTimeout(timer)
    process.off('exit', killAtOnce)
  }

  try {
    const url = await Promise.race([listeningUrl(child), endedEarly, tooLate(signal)])
    return { url, startedInMs: performance.now() - startedAt, endedEarly, stop }
  } catch (error) {
    await stop()
    if (error === TOO_LATE) {
      throw new DemoFailure(
        `The server did not say that it listens within ${START_WITHIN_MS / 1000} s. It wrote:\n${indented(told)}`,
      )
    }
    throw error
  }
}

function environmentOf({ dataDir, bucket, key, webhookSecret }: DemoServerOptions): Record<string, string> {
  return {
    PIXMILL_HOST: '127.0.0.1',
    PIXMILL_PORT: '0',
    PIXMILL_DATA_DIR: dataDir,
    PIXMILL_SECRET_ID: key.secretId,
    PIXMILL_SECRET_KEY: key.secretKey,
    PIXMILL_WEBHOOK_SECRET: webhookSecret,
    PIXMILL_BUCKETS: bucket,
    PIXMILL_LOG_LEVEL: 'warn',
  }
}

/** Settings meant for a real server must not change the demo. */
function withoutPixmill(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('PIXMILL_')))
}

function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let written = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      written += text
      const line = /^pixmill listening on (http:\/\/\S+)$/m.exec(written)
      if (line?.[1] !== undefined) resolve(line[1])
    })
  })
}

async function endOf(child: ChildProcess): Promise<string> {
  try {
    // `close` and not `exit`: by then everything it wrote has been read.
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    return signal === null ? `exit status ${code}` : signal
  } catch (error) {
    return `it could not be started: ${String(error)}`
  }
}

const TOO_LATE = Symbol('too late')

function tooLate(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    setTimeout(() => reject(TOO_LATE), START_WITHIN_MS).unref()
    if (signal.aborted) reject(signal.reason)
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

function indented(text: string): string {
  return text.trim() === '' ? '  (nothing)' : text.trimEnd().replace(/^/gm, '  ')
}
