import type { Command } from 'commander'
import { ClientFailure } from '../server-client/index.ts'
import { DemoFailure } from './demo-failure.ts'

/** `pixmill demo [PICTURE] [--keep]`. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('Show a whole job on a real picture: upload, rule, result, signed callbacks in XML and in JSON.')
    .argument('[PICTURE]', 'a picture to use; without it one is drawn')
    .option('--keep', 'leave the server running, and print how to go on by hand')
    .action(async (picture: string | undefined, { keep = false }: { keep?: boolean }) => {
      process.exitCode = await demo(picture, keep)
    })
}

async function demo(picture: string | undefined, keep: boolean): Promise<number> {
  const ends = new AbortController()
  const onSignal = (name: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): void => {
    const exitCode = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[name]
    ends.abort(new DemoFailure(`The demo was interrupted (${name}).`, { exitCode }))
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  process.on('SIGHUP', onSignal)
  // `pixmill demo | head`: nobody reads any more, and what was started is stopped all the same.
  process.stdout.on('error', () => ends.abort(new DemoFailure('Nobody reads the output of the demo any more.')))
  try {
    const { runDemo } = await import('./run-demo.ts')
    await runDemo({ picture, keep, out: process.stdout, signal: ends.signal })
    return 0
  } catch (error) {
    process.stderr.write(`\nThe demo did not go through.\n${whyNot(error)}\n`)
    return error instanceof DemoFailure ? error.exitCode : 1
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
    process.off('SIGHUP', onSignal)
  }
}

/** Our own words, or the system's (no folder for temporary files, no room); else everything there is. */
function whyNot(error: unknown): string {
  if (error instanceof DemoFailure || error instanceof ClientFailure) return error.message
  if (error instanceof Error && 'syscall' in error) return error.message
  return String((error as Error | undefined)?.stack ?? error)
}
