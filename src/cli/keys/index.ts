import type { Command } from 'commander'
import { addChanges } from './change.ts'
import { addCreate } from './create.ts'
import { keyPairs, tokens } from './kind-of-key.ts'
import { addList } from './list.ts'
import { addTemporary } from './temporary.ts'

/** `pixmill keys …`. */
export function addKeys(program: Command): void {
  const keys = program.command('keys').description('Key pairs that requests are signed with, and what each may do.')
  addList(keys, keyPairs)
  addCreate(keys, keyPairs)
  addTemporary(keys)
  addChanges(keys, keyPairs)
}

/** `pixmill tokens …`. */
export function addTokens(program: Command): void {
  const command = program.command('tokens').description('Bearer tokens for the JSON door, and what each may do.')
  addList(command, tokens)
  addCreate(command, tokens)
  addChanges(command, tokens)
}
