import { readFile } from 'node:fs/promises'

/** The commands about callbacks and keys, whose samples have a journey of their own. */
export const operatingCommands: readonly string[] = ['deliveries', 'receivers', 'secrets', 'keys', 'tokens']

/** What the page about the command line has as samples of `--json`, by title, of the commands that are wanted. */
export async function documentedJson(wanted: (command: string) => boolean): Promise<Record<string, unknown>> {
  const page = await readFile(new URL('../../docs/design/command-line.md', import.meta.url), 'utf8')
  const samples = [...page.matchAll(/^```json ([^\n]*)\n(.*?)^```$/gms)].map(
    ([, title = '', text = '']): [string, unknown] => [title, JSON.parse(text)],
  )
  return Object.fromEntries(samples.filter(([title]) => wanted(title.split(' ', 1)[0]!)))
}

/** The shape of each document. */
export function shapes(documents: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(documents).map(([title, one]) => [title, shape(one)]))
}

/** The keys of a document and the kinds of its values; of a list the shape of its first entry, of a workflow that it is one. */
export function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape)
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value
  const entries = Object.entries(value).map(([key, one]) => [
    key,
    key === 'nodes' && !Array.isArray(one) ? typeof one : shape(one),
  ])
  return Object.fromEntries(entries)
}
