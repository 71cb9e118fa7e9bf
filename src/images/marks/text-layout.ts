import { Failure } from '../../base/index.ts'
import type { PlacedGlyph, Typeface } from './typeface.ts'

/** Characters that one face sets, one after the other. Lengths in ems, from the upper left corner of the text. */
export interface Run {
  readonly face: Typeface
  readonly x: number
  readonly baseline: number
  readonly glyphs: readonly PlacedGlyph[]
}

export interface TextLayout {
  readonly runs: readonly Run[]
  readonly width: number
  readonly height: number
}

/**
 * The faces of the fonts there are, the preferred one first; each is opened when none before it has what is needed.
 * `null` behind the last.
 */
export type Faces = (index: number) => Promise<Typeface | null>

/** Characters that show nothing where they stand, so that no font needs to have them. */
const ignorable = /^\p{Default_Ignorable_Code_Point}$/u
const blank = /^[\p{White_Space}\p{Default_Ignorable_Code_Point}]*$/u

/**
 * Sets a text in lines from left to right. Every character is set in the first face that has it, accents in the face
 * of their letter.
 *
 * @throws Failure `RuleNotApplicable` naming a character that no face has
 */
export async function layOut(text: string, faces: Faces): Promise<TextLayout> {
  const runs: Run[] = []
  let width = 0
  let top = 0
  for (const line of text.replaceAll('\t', ' ').split(/\r\n|\r|\n/)) {
    const set = await setLine(line, faces)
    const ascent = Math.max(...set.faces.map((face) => face.ascent))
    const descent = Math.max(...set.faces.map((face) => face.descent))
    const lineGap = Math.max(...set.faces.map((face) => face.lineGap))
    for (const run of set.runs) runs.push({ ...run, baseline: top + ascent })
    width = Math.max(width, set.advance)
    top += ascent + descent + lineGap
  }
  return { runs, width, height: top }
}

interface Line {
  readonly runs: readonly Omit<Run, 'baseline'>[]
  /** Those in use; one at least. */
  readonly faces: readonly Typeface[]
  readonly advance: number
}

async function setLine(line: string, faces: Faces): Promise<Line> {
  const runs: Omit<Run, 'baseline'>[] = []
  let advance = 0
  for (const { face, text } of await partsOf(line, faces)) {
    const shaped = face.shape(text)
    requireOutlines(face, text, shaped.glyphs)
    runs.push({ face, x: advance, glyphs: shaped.glyphs })
    advance += shaped.advance
  }
  const used = runs.map(({ face }) => face)
  return { runs, faces: used.length > 0 ? used : [(await faces(0))!], advance }
}

/** The line in parts of one face each. */
async function partsOf(line: string, faces: Faces): Promise<{ face: Typeface; text: string }[]> {
  const parts: { face: Typeface; text: string }[] = []
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(line)) {
    const last = parts.at(-1)
    const face = await faceFor(segment, faces)
    if (last?.face === face) last.text += segment
    else parts.push({ face, text: segment })
  }
  return parts
}

async function faceFor(grapheme: string, faces: Faces): Promise<Typeface> {
  const shown = [...grapheme].filter((character) => !ignorable.test(character))
  for (let index = 0; ; index++) {
    const face = await faces(index)
    if (face === null) break
    if (shown.every((character) => face.has(character))) return face
  }
  throw await missing(shown, faces)
}

/** Of a letter with its accents that no face has together, the first character that none has at all, or the last. */
async function missing(characters: readonly string[], faces: Faces): Promise<Failure> {
  for (const character of characters) {
    if (!(await isInSome(character, faces))) return noFontHas(character)
  }
  return noFontHas(characters.at(-1)!)
}

async function isInSome(character: string, faces: Faces): Promise<boolean> {
  for (let index = 0; ; index++) {
    const face = await faces(index)
    if (face === null) return false
    if (face.has(character)) return true
  }
}

/**
 * A font may have a character and no outline for it, but a picture of so many pixels (emoji), or an empty box of its
 * own making (glyph 0): what would not be seen, or not as it was meant, is an error.
 */
function requireOutlines(face: Typeface, text: string, glyphs: readonly PlacedGlyph[]): void {
  const starts = [...new Set(glyphs.map(({ cluster }) => cluster))].sort((a, b) => a - b)
  for (const [index, start] of starts.entries()) {
    const characters = text.slice(start, starts[index + 1] ?? text.length)
    if (blank.test(characters)) continue
    const own = glyphs.filter(({ cluster }) => cluster === start)
    const isSeen = own.some(({ id }) => id !== 0 && face.outline(id) !== '') && own.every(({ id }) => id !== 0)
    if (!isSeen) throw noFontHas([...characters].find((character) => !blank.test(character))!)
  }
}

function noFontHas(character: string): Failure {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
  const shown = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(character) ? ` "${character}"` : ''
  return new Failure('RuleNotApplicable', `No font has the character U+${code}${shown} of the text of the watermark.`)
}
