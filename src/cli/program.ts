import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { projectFile } from '../base/index.ts'

type Add = (program: Command) => void

/** Every command, in the order in which help tells them, and where it comes from. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  serve: async () => (await import('./serve.ts')).addServe,
  demo: async () => (await import('./demo/demo.ts')).addDemo,
  apply: async () => (await import('./rule/index.ts')).addApply,
  explain: async () => (await import('./rule/index.ts')).addExplain,
  jobs: async () => (await import('./jobs/index.ts')).addJobs,
  queues: async () => (await import('./queues/index.ts')).addQueues,
  templates: async () => (await import('./templates/index.ts')).addTemplates,
  buckets: async () => (await import('./buckets/index.ts')).addBuckets,
  objects: async () => (await import('./objects/index.ts')).addObjects,
  import: async () => (await import('./objects/index.ts')).addImport,
  export: async () => (await import('./objects/index.ts')).addExport,
  workflows: async () => (await import('./workflows/index.ts')).addWorkflows,
  runs: async () => (await import('./runs/index.ts')).addRuns,
  batch: async () => (await import('./batch/index.ts')).addBatch,
  deliveries: async () => (await import('./deliveries/index.ts')).addDeliveries,
  receivers: async () => (await import('./receivers/index.ts')).addReceivers,
  secrets: async () => (await import('./secrets/index.ts')).addSecrets,
  listen: async () => (await import('./listen/listen.ts')).addListen,
  keys: async () => (await import('./keys/index.ts')).addKeys,
  tokens: async () => (await import('./keys/index.ts')).addTokens,
  config: async () => (await import('./config/index.ts')).addConfig,
  completion: async () => (await import('./completion/completion.ts')).addCompletion,
  backup: async () => (await import('./backup/index.ts')).addBackup,
  restore: async () => (await import('./backup/index.ts')).addRestore,
}

/**
 * The program with the command that is asked for, so that no other has to be loaded before it starts; with all of them when
 * none of this name exists, for instance for help. What is not written as it should be is thrown as commander's
 * `CommanderError`, not exited with.
 */
export async function pixmillProgram(asked = ''): Promise<Command> {
  const program = new Command('pixmill')
    .description('Image-processing job server: a picture and a rule in, a picture and a signed callback out.')
    .version(JSON.parse(readFileSync(projectFile('package.json'), 'utf8')).version)
    .showHelpAfterError('(pixmill --help lists the commands)')
    // Before the commands are added: they inherit it.
    .exitOverride()
  const load = Object.hasOwn(commands, asked) ? [commands[asked]!] : Object.values(commands)
  for (const add of await Promise.all(load.map((one) => one()))) add(program)
  for (const command of program.commands) hintAtHelp(command, command.name())
  return program
}

/** Who mistypes a command is told where its own options stand. @param words how it is called */
function hintAtHelp(command: Command, words: string): void {
  command.showHelpAfterError(`(pixmill ${words} --help says what it takes)`)
  for (const one of command.commands) hintAtHelp(one, `${words} ${one.name()}`)
}
