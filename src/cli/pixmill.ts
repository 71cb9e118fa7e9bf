#!/usr/bin/env node
import { Command } from 'commander'
import { addBackup, addRestore } from './backup/index.ts'
import { addDemo } from './demo/demo.ts'
import { addServe } from './serve.ts'

const program = new Command('pixmill')
  .description('Image-processing job server: a picture and a rule in, a picture and a signed callback out.')
  .showHelpAfterError('(pixmill --help lists the commands)')

addServe(program)
addDemo(program)
addBackup(program)
addRestore(program)

await program.parseAsync()
