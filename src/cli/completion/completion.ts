import { Argument, type Command } from 'commander'
import { bashScript, fishScript, zshScript } from './scripts.ts'

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const

/** `pixmill completion`: a script that lets a shell complete commands and options. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('Print a script that lets a shell complete the commands of this program.')
    .addArgument(new Argument('<shell>', 'which shell it is for').choices(Object.keys(scripts)))
    .addHelpText(
      'after',
      `
Examples:
  source <(pixmill completion bash)                                      (in ~/.bashrc)
  pixmill completion zsh > "\${fpath[1]}/_pixmill"
  pixmill completion fish > ~/.config/fish/completions/pixmill.fish`,
    )
    .action(async (shell: keyof typeof scripts) => {
      // All commands, which this run has not loaded.
      const { pixmillProgram } = await import('../program.ts')
      process.stdout.write(scripts[shell](await pixmillProgram()))
    })
}
