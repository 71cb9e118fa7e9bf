import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { Failure, projectFile } from '../../base/index.ts'

/** A font that texts can be set in. */
export interface FontFile {
  /** The file's name in lower case and without its ending: what a rule calls it. */
  readonly name: string
  readonly file: string
}

export interface Fonts {
  /** The preferred one first. */
  readonly files: readonly FontFile[]
  /** Another one when any of them is another: a hash of their names and bytes. */
  readonly edition: string
}

/** The font that comes with the project, beside `src` and `dist`. */
const shipped = projectFile('fonts/OpenSans-Regular.ttf')

const endings = ['.ttf', '.otf', '.ttc', '.otc']
/** Every engine keeps the fonts it has used in memory. */
const maxFiles = 200
const maxBytes = 128 * 1024 * 1024

/**
 * The fonts of this installation: the one that comes with it, and those of a folder. They are looked at when the first
 * text is to be set, and then no more: a change of the folder counts from the next start.
 */
export class FontShelf {
  readonly #folder: string | null
  #fonts: Promise<Fonts> | null = null

  /** @param folder of further fonts; folders in it are not looked into */
  constructor(folder: string | null) {
    this.#folder = folder === null ? null : resolve(folder)
  }

  /**
   * Makes sure that the folder is there.
   *
   * @throws Failure `InvalidArgument`
   */
  async check(): Promise<void> {
    if (this.#folder !== null) await this.#list(this.#folder)
  }

  /** @throws Failure `InvalidArgument` when the folder has become unusable since the start */
  fonts(): Promise<Fonts> {
    this.#fonts ??= this.#read().catch((error: unknown) => {
      this.#fonts = null
      throw error
    })
    return this.#fonts
  }

  async #read(): Promise<Fonts> {
    const own = this.#folder === null ? [] : await this.#list(this.#folder)
    const files = [shipped, ...own].map((file) => ({ name: fontName(file), file }))
    const hash = createHash('sha256')
    for (const { name, file } of files) {
      hash.update(`${name}\n`)
      for await (const piece of createReadStream(file)) hash.update(piece as Buffer)
    }
    return { files, edition: hash.digest('hex').slice(0, 32) }
  }

  /** By name, so that every machine with the same fonts prefers the same. */
  async #list(folder: string): Promise<string[]> {
    const names = await readdir(folder).catch((cause: unknown) => {
      throw unusable(folder, 'it cannot be read', cause)
    })
    const fonts = names.filter((name) => endings.includes(extname(name).toLowerCase())).sort()
    if (fonts.length > maxFiles) throw unusable(folder, `it has ${fonts.length} fonts, at most ${maxFiles} are allowed`)
    const files = fonts.map((name) => join(folder, name))
    let bytes = 0
    for (const file of files) bytes += (await stat(file)).size
    if (bytes > maxBytes) {
      throw unusable(folder, `its fonts have ${bytes} bytes together, at most ${maxBytes} are allowed`)
    }
    return files
  }
}

function unusable(folder: string, why: string, cause?: unknown): Failure {
  return new Failure('InvalidArgument', `PIXMILL_FONTS_DIR is ${folder}: ${why}, expected a folder of fonts.`, {
    cause,
  })
}

/** How a font is called, by its file's name or by a rule: `Helvetica.dfont` is `helvetica`. */
export function fontName(file: string): string {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).toLowerCase()
  return name.replace(/\.(?:ttf|otf|ttc|otc|dfont)$/, '')
}
