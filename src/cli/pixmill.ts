#!/usr/bin/env node
import { Command } from 'commander'
import { addDemo } from './demo/demo.ts'
import { addServe } from './serve.ts'

const program = new Command('pixmill')
  .description('Image-processing job server: a picture and a rule in, a picture and a signed callback out.')
  .showHelpAfterError('(pixmill --help lists the commands)')

addServe(program)
addDemo(program)

await program.parseAsync()
