import { Command } from 'commander'
import { addBackup, addRestore } from './backup/index.ts'
import { addBatch } from './batch/index.ts'
import { addDemo } from './demo/demo.ts'
import { addRuns } from './runs/index.ts'
import { addServe } from './serve.ts'
import { addWorkflows } from './workflows/index.ts'

/** Every command. What is not written as it should be is thrown as commander's `CommanderError`, not exited with. */
export function pixmillProgram(): Command {
  const program = new Command('pixmill')
    .description('Image-processing job server: a picture and a rule in, a picture and a signed callback out.')
    .showHelpAfterError('(pixmill --help lists the commands)')
    // Before the commands are added: they inherit it.
    .exitOverride()

  addServe(program)
  addDemo(program)
  addWorkflows(program)
  addRuns(program)
  addBatch(program)
  addBackup(program)
  addRestore(program)
  return program
}
