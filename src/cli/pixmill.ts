#!/usr/bin/env node
import { CommanderError } from 'commander'
import { pixmillProgram } from './program.ts'

/** A command that was not written as it should be; what it was told has been printed. */
const WRONG_USAGE = 2

try {
  const program = await pixmillProgram(process.argv[2])
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : WRONG_USAGE
}
