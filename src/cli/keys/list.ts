import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'
import { printable, shownTime, table } from '../terminal/index.ts'
import type { KindOfKey, ToldKey } from './kind-of-key.ts'

/** `pixmill keys list`, `pixmill tokens list`. */
export function addList(parent: Command, kind: KindOfKey): void {
  const command = parent.command('list').description(`List the ${kind.many} of a server, without their secrets.`)
  addServerOptions(command).action((options: ServerOptions) =>
    carryOut(`${kind.word} list`, options, () => list(kind, options)),
  )
}

async function list({ word, many }: KindOfKey, options: ServerOptions): Promise<number> {
  const told = (await (await connect(options)).callApi('GET', `/-/api/${word}`)) as Readonly<
    Record<string, readonly ToldKey[]>
  >
  if (options.json) {
    process.stdout.write(`${JSON.stringify(told)}\n`)
    return 0
  }
  const rows = told[word]!.map(({ id, name, buckets, permissions, disabled, expires, lastUsed }) => [
    id,
    printable(name),
    buckets.join(','),
    permissions.join(','),
    stateOf(disabled, expires),
    lastUsed === null ? 'never' : shownTime(Date.parse(lastUsed)),
  ])
  const header = ['ID', 'NAME', 'BUCKETS', 'MAY', 'STATE', 'LAST USED']
  process.stdout.write(rows.length === 0 ? `No ${many}.\n` : table([header, ...rows]))
  return 0
}

function stateOf(disabled: boolean, expires: string | null): string {
  if (disabled) return 'off'
  if (expires === null) return 'on'
  const end = Date.parse(expires)
  return end <= Date.now() ? 'ended' : `until ${shownTime(end)}`
}
