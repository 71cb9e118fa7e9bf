import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'
import type { KindOfKey } from './kind-of-key.ts'

/** `pixmill keys disable|enable|delete ID`, and of tokens. */
export function addChanges(parent: Command, kind: KindOfKey): void {
  for (const [verb, does] of [
    ['disable', 'Switch off'],
    ['enable', 'Switch on again'],
    ['delete', 'Take away'],
  ] as const) {
    const command = parent
      .command(verb)
      .description(`${does} ${kind.many}: on the server that is asked at once, on others of its ledger within seconds.`)
      .argument('<id...>', 'as the list tells it')
    addServerOptions(command).action((ids: readonly string[], options: ServerOptions) =>
      carryOut(`${kind.word} ${verb}`, options, () => change(kind, verb, ids, options)),
    )
  }
}

const saidAfter = { disable: 'switched off', enable: 'switched on', delete: 'taken away' } as const

async function change(
  { word, one }: KindOfKey,
  verb: keyof typeof saidAfter,
  ids: readonly string[],
  options: ServerOptions,
): Promise<number> {
  const client = await connect(options)
  for (const id of ids) {
    // Each step of a path is encoded when it is sent; an id has one step.
    const path = `/-/api/${word}/${id}`
    if (verb === 'delete') await client.callApi('DELETE', path)
    else await client.callApi('PATCH', path, { body: { disabled: verb === 'disable' } })
    if (!options.json) process.stdout.write(`The ${one} ${id} is ${saidAfter[verb]}.\n`)
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ [word]: ids, is: saidAfter[verb] })}\n`)
  return 0
}
