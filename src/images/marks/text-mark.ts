import type { Library } from '../drawing.ts'
import type { Rectangle, Size } from '../rectangle.ts'
import type { WatermarkParameters } from '../rule/watermark.ts'
import type { Mark } from './mark.ts'
import { type Faces, layOut, type TextLayout } from './text-layout.ts'

/** @source the text watermark page; a point is a pixel */
const defaults = { fontsize: 13, fill: '#3d3d3d', shadow: 0 } as const

/**
 * A text that is put on. Its outlines are drawn as paths, so that only the part that is seen takes memory, whatever the
 * size of the text; and the same text is the same pixels on every machine.
 *
 * @throws Failure `RuleNotApplicable` as in `layOut`
 */
export async function textMark(parameters: WatermarkParameters, faces: Faces): Promise<Mark> {
  const { fontsize, fill, shadow } = { ...defaults, ...parameters }
  const layout = await layOut(parameters.text!, faces)
  const paths = pathsOf(layout)
  const room = shadow === 0 ? 0 : shadowReach(fontsize)
  const size = {
    width: Math.max(1, Math.ceil(layout.width * fontsize + room)),
    height: Math.max(1, Math.ceil(layout.height * fontsize + room)),
  }
  const sizeOf = (scaled: Size) => (fontsize * scaled.width) / size.width
  return {
    size,
    boundless: true,
    reach: (scaled) => Math.ceil(sizeOf(scaled) * 0.3),
    memoryBytes: (pixels) =>
      pixels * (shadow === 0 ? 16 : 48) + paths.definitions.length * 40 + paths.uses.length * 2000,
    draw(library, scaled, part) {
      const em = sizeOf(scaled)
      const uses = usesIn(paths.uses, em, part)
      const drawn = (colour: string, opacity: number, more = '') =>
        `<g fill="${colour}" fill-opacity="${opacity}"${more}><g transform="scale(${em})">${uses}</g></g>`
      const below = shadow === 0 ? '' : drawn('#000', shadow / 100, shadowAttributes(em))
      return rasterised(
        library,
        part,
        `<defs>${paths.definitions}${filterOf(em, part)}</defs>${below}${drawn(fill, 1)}`,
      )
    },
  }
}

/** Where a glyph stands, in ems. */
interface Use {
  readonly name: string
  readonly x: number
  readonly y: number
}

/** Each glyph once, one em being one unit, and where it is used. */
function pathsOf({ runs }: TextLayout): { readonly definitions: string; readonly uses: readonly Use[] } {
  const definitions: string[] = []
  const uses: Use[] = []
  const names = new Map<string, string>()
  for (const { face, x, baseline, glyphs: placed } of runs) {
    for (const glyph of placed) {
      const path = face.outline(glyph.id)
      if (path === '') continue
      const key = `${face.unitsPerEm} ${path}`
      let name = names.get(key)
      if (name === undefined) {
        name = `g${names.size}`
        names.set(key, name)
        const scale = 1 / face.unitsPerEm
        definitions.push(`<path id="${name}" transform="scale(${scale} ${-scale})" d="${path}"/>`)
      }
      uses.push({ name, x: x + glyph.x, y: baseline - glyph.y })
    }
  }
  return { definitions: definitions.join(''), uses }
}

/** No glyph is wider or higher than so many ems. */
const largestGlyph = 4

/** Those that may be seen in a part: far away from it, numbers would be too large for the renderer. */
function usesIn(uses: readonly Use[], em: number, { left, top, width, height }: Rectangle): string {
  const isNear = (at: number, from: number, length: number) =>
    (at + largestGlyph) * em > from && (at - largestGlyph) * em < from + length
  return uses
    .filter(({ x, y }) => isNear(x, left, width) && isNear(y, top, height))
    .map(({ name, x, y }) => `<use href="#${name}" x="${rounded(x)}" y="${rounded(y)}"/>`)
    .join('')
}

/** To a hundred-thousandth of an em. */
function rounded(length: number): number {
  return Math.round(length * 100_000) / 100_000
}

/**
 * The shadow lies to the lower right by a tenth of the size, and its edges are soft.
 *
 * @source the pages only say how dark it is
 */
function shadowAttributes(em: number): string {
  const by = shadowOffset(em)
  return ` filter="url(#soft)" transform="translate(${by} ${by})"`
}

function shadowOffset(em: number): number {
  return Math.max(1, em / 10)
}

function shadowReach(em: number): number {
  return shadowOffset(em) + 3 * softness(em)
}

/** Bounded, because it needs the pixels around what is seen. */
function softness(em: number): number {
  return Math.min(em / 40, 20)
}

/** Over what is seen and as far around it as softness reaches: the filter makes a picture of its whole region. */
function filterOf(em: number, { left, top, width, height }: Rectangle): string {
  const around = 3 * softness(em) + 1
  const from = (edge: number) => edge - shadowOffset(em) - around
  const region = `x="${from(left)}" y="${from(top)}" width="${width + 2 * around}" height="${height + 2 * around}"`
  return `<filter id="soft" filterUnits="userSpaceOnUse" ${region}><feGaussianBlur stdDeviation="${softness(em)}"/></filter>`
}

async function rasterised(library: Library, { left, top, width, height }: Rectangle, content: string): Promise<Buffer> {
  const box = `width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}"`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" ${box}>${content}</svg>`
  return library(Buffer.from(svg), { limitInputPixels: false })
    .ensureAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer()
}
