import { readFile } from 'node:fs/promises'
import type * as Harfbuzz from 'harfbuzzjs'

/** A glyph in its place. All lengths in ems. */
export interface PlacedGlyph {
  readonly id: number
  /** From the beginning of the run; up is positive. */
  readonly x: number
  readonly y: number
  /** Where in the text of the run the characters begin that it stands for, UTF-16. */
  readonly cluster: number
}

/** One face of one font file, for setting text. Lengths in ems. */
export interface Typeface {
  /** Of its lines, from the baseline: `descent` is positive, too. */
  readonly ascent: number
  readonly descent: number
  readonly lineGap: number
  /** Units of an em in outlines. */
  readonly unitsPerEm: number
  /** Whether it has a glyph of its own for this character, or for the parts that it falls into. */
  has(character: string): boolean
  shape(text: string): { readonly glyphs: readonly PlacedGlyph[]; readonly advance: number }
  /** The path of an SVG, in units and with y upwards; empty for a glyph without an outline. */
  outline(glyph: number): string
}

/** Fonts that were opened stay open: there are few, and to open a Chinese one takes longer than to set a line. */
const opened = new Map<string, Promise<Typeface>>()
let library: Promise<typeof Harfbuzz> | undefined

/**
 * Opens a font file: TrueType or OpenType, one face or a collection. HarfBuzz is loaded with the first one.
 *
 * @throws when it cannot be read or is no font
 */
export function openTypeface(file: string): Promise<Typeface> {
  let typeface = opened.get(file)
  if (typeface === undefined) {
    typeface = load(file)
    opened.set(file, typeface)
    // The file may be readable the next time.
    typeface.catch(() => opened.delete(file))
  }
  return typeface
}

async function load(file: string): Promise<Typeface> {
  library ??= import('harfbuzzjs')
  const harfbuzz = await library
  const bytes = await readFile(file)
  const blob = new harfbuzz.Blob(bytes)
  const face = new harfbuzz.Face(blob, faceOf(harfbuzz, blob, bytes))
  const font = new harfbuzz.Font(face)
  const unitsPerEm = face.upem
  if (font.nominalGlyph(0x20) === undefined && face.collectUnicodes().length === 0) {
    throw new Error(`${file} has no characters, or is no font`)
  }
  const { ascender, descender, lineGap } = font.hExtents()
  const outlines = new Map<number, string>()
  const hasOwn = (character: string) => font.nominalGlyph(character.codePointAt(0)!) !== undefined
  return {
    ascent: ascender / unitsPerEm,
    descent: -descender / unitsPerEm,
    lineGap: lineGap / unitsPerEm,
    unitsPerEm,
    has: (character) => hasOwn(character) || isMadeOf(character, hasOwn),
    shape: (text) => shape(harfbuzz, font, unitsPerEm, text),
    outline(glyph) {
      let path = outlines.get(glyph)
      if (path === undefined) {
        path = font.glyphToPath(glyph)
        outlines.set(glyph, path)
      }
      return path
    },
  }
}

/** An accented letter may be put together of a letter and its accent. */
function isMadeOf(character: string, has: (part: string) => boolean): boolean {
  const parts = [...character.normalize('NFD')]
  return parts.length > 1 && parts.every(has)
}

function shape(
  harfbuzz: typeof Harfbuzz,
  font: Harfbuzz.Font,
  unitsPerEm: number,
  text: string,
): { glyphs: PlacedGlyph[]; advance: number } {
  const buffer = new harfbuzz.Buffer()
  buffer.addText(text)
  buffer.guessSegmentProperties()
  buffer.setDirection(harfbuzz.Direction.LTR)
  harfbuzz.shape(font, buffer)
  const positions = buffer.getGlyphPositions()
  let advance = 0
  const glyphs = buffer.getGlyphInfos().map(({ codepoint, cluster }, index) => {
    const { xAdvance, xOffset, yOffset } = positions[index]!
    const x = (advance + xOffset) / unitsPerEm
    advance += xAdvance
    return { id: codepoint, x, y: yOffset / unitsPerEm, cluster }
  })
  return { glyphs, advance: advance / unitsPerEm }
}

/**
 * Of a collection the face for simplified Chinese where one says it is, because that is what the texts of this protocol
 * are written in; else the first.
 */
function faceOf(harfbuzz: typeof Harfbuzz, blob: Harfbuzz.Blob, bytes: Buffer): number {
  if (bytes.toString('latin1', 0, 4) !== 'ttcf') return 0
  const count = Math.min(bytes.readUInt32BE(8), 64)
  for (let index = 0; index < count; index++) {
    const face = new harfbuzz.Face(blob, index)
    if (face.listNames().some(({ nameId, language }) => nameId === 4 && / SC\b/.test(face.getName(4, language)))) {
      return index
    }
  }
  return 0
}
