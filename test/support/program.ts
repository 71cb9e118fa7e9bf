import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { compiledProgram } from '../../src/base/index.ts'

/** How a run of the program ended. */
export interface Ended {
  /** `null` when a signal ended it. */
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A run of the compiled `pixmill`, as somebody at a shell or a service manager would start it. */
export interface Run {
  readonly child: ChildProcess
  /** Resolves with the first match in standard output; rejects with everything it wrote when it ends without one. */
  outputMatches(pattern: RegExp): Promise<RegExpExecArray>
  readonly ended: Promise<Ended>
}

/**
 * @param environment added to a clean one: settings of whoever runs the tests do not count
 * @param input what is piped into it
 */
export function runPixmill(args: readonly string[], environment: Record<string, string> = {}, input?: string): Run {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PIXMILL_'))
  const child = spawn(process.execPath, [compiledProgram('cli/pixmill.js'), ...args], {
    env: { ...Object.fromEntries(inherited), ...environment },
    stdio: 'pipe',
  })
  // It may have ended, or not care.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([status, signal]): Ended => ({ status, signal, stdout, stderr }))
  return {
    child,
    ended,
    outputMatches: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(stdout)
          if (match === null) return
          child.stdout.off('data', look)
          resolve(match)
        }
        child.stdout.on('data', look)
        look()
        void ended.then(() => reject(new Error(`${pattern} did not come.\n${stdout}\n${stderr}`)))
      }),
  }
}
