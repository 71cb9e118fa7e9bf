import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { pixmillProgram } from './program.ts'

/** Every command that does something, by its words. */
function commandsBelow(command: Command, words: readonly string[] = []): [string, Command][] {
  const below = command.commands.filter((one) => one.name() !== 'help')
  if (below.length === 0) return [[words.join(' '), command]]
  return below.flatMap((one) => commandsBelow(one, [...words, one.name()]))
}
const commands = commandsBelow(await pixmillProgram())

/** They speak to no server, or are one. */
const ON_THEIR_OWN = ['serve', 'demo', 'apply', 'explain', 'config check', 'completion', 'restore']
/** What they say is for eyes, or for a shell. */
const WITHOUT_JSON = ['serve', 'demo', 'completion']

test.each(commands)('%s says what it does and what it takes', (_words, command) => {
  expect(command.description()).toMatch(/\.$/)
  for (const { flags, description } of command.options)
    expect([flags, description]).toEqual([flags, expect.stringMatching(/./)])
  for (const one of command.registeredArguments) {
    expect([one.name(), one.description]).toEqual([one.name(), expect.stringMatching(/./)])
  }
})

test.each(commands)('%s can say it as JSON, and be told which server and who asks', (words, command) => {
  const options = command.options.map(({ long }) => long)
  if (!WITHOUT_JSON.includes(words)) expect(options).toContain('--json')
  if (!ON_THEIR_OWN.includes(words))
    expect(options).toEqual(expect.arrayContaining(['--server', '--token', '--data-dir']))
})

test('a command that is mistyped says how to ask for what it takes', async () => {
  const program = await pixmillProgram('runs')
  let said = ''
  const list = program.commands.find((one) => one.name() === 'runs')!.commands.find((one) => one.name() === 'list')!
  list.configureOutput({ writeErr: (text) => (said += text) })
  await expect(program.parseAsync(['runs', 'list'], { from: 'user' })).rejects.toThrow(
    "missing required argument 'workflow'",
  )
  expect(said).toMatch(/\(pixmill runs list --help says what it takes\)\n$/)
})
