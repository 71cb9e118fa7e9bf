#!/usr/bin/env node
import { CommanderError } from 'commander'
import { pixmillProgram } from './program.ts'

/** A command that was not written as it should be; what it was told has been printed. */
const WRONG_USAGE = 2

// `pixmill runs list | head`, or a help that is not read to its end: nobody reads any more, and that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  const program = await pixmillProgram(process.argv[2])
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE
}
