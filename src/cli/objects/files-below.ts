import { opendir } from 'node:fs/promises'
import { join } from 'node:path'

export interface FoundFile {
  /** Below the folder, with `/` between its parts. */
  readonly name: string
  readonly file: string
}

/**
 * Every file below a folder. Links are never followed: what they lead to may lie anywhere, or above.
 *
 * @param onOther what is neither a file nor a folder, by its name below the folder
 */
export async function* filesBelow(
  folder: string,
  onOther: (name: string) => void,
  below = '',
): AsyncGenerator<FoundFile> {
  for await (const entry of await opendir(folder)) {
    const name = below + entry.name
    const file = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(file, onOther, `${name}/`)
    else if (entry.isFile()) yield { name, file }
    else onOther(name)
  }
}
