import type { Command } from 'commander'
import { Failure } from '../../base/index.ts'
import { allSettings, readSettings, unknownVariables } from '../../settings/index.ts'
import { carryOut } from '../carry-out.ts'
import { table } from '../terminal/index.ts'

/** `pixmill config …`. */
export function addConfig(program: Command): void {
  program
    .command('config')
    .description('What the server is told by its environment.')
    .command('check')
    .description(
      'Read the settings of the environment as "pixmill serve" would, say what is set, and explain every problem. Starts nothing.',
    )
    .option('--json', 'say the outcome as JSON')
    .action((options: { json?: true }) => carryOut('config check', options, async () => check(options.json === true)))
}

/** Gives the exit code: 0 when a server would start with these settings. */
function check(asJson: boolean): number {
  const problems = problemsOf()
  const warnings = unknownVariables(allSettings, process.env)
  const set = Object.values(allSettings).flatMap((setting) => {
    const value = process.env[setting.variable]?.trim() ?? ''
    const shown = 'secret' in setting && setting.secret === true ? '(not shown)' : value
    return value === '' ? [] : [{ variable: setting.variable as string, value: shown }]
  })
  if (asJson) {
    process.stdout.write(`${JSON.stringify({ isGood: problems.length === 0, set, problems, warnings })}\n`)
  } else {
    const rows = set.map(({ variable, value }) => [variable, value])
    process.stdout.write(rows.length === 0 ? 'Nothing is set: everything has its default.\n' : table(rows))
    for (const problem of problems) process.stdout.write(`\nProblem: ${problem}`)
    for (const warning of warnings) process.stdout.write(`\nMind: ${warning}`)
    if (problems.length + warnings.length > 0) process.stdout.write('\n')
    process.stdout.write(
      problems.length === 0 ? '\nA server would start with this.\n' : '\nNo server would start with this.\n',
    )
  }
  return problems.length === 0 ? 0 : 1
}

function problemsOf(): readonly string[] {
  try {
    readSettings(allSettings, { environment: process.env })
    return []
  } catch (error) {
    if (error instanceof Failure && error.code === 'InvalidArgument') return error.message.split('\n')
    throw error
  }
}
