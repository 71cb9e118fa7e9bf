import { Failure } from '../../base/index.ts'
import type { Faces } from '../marks/text-layout.ts'
import { openTypeface, type Typeface } from '../marks/typeface.ts'
import { type FontFile, fontName } from './font-shelf.ts'

/** What the protocol sets texts in when a rule names no font. Whoever has it may put it on the shelf. */
const defaultFont = 'tahoma'

/**
 * The faces for a text, opened one after the other as they are needed: that of the font the rule names, if there is one
 * of this name, then all others in their order. A file that is broken or cannot be read is passed over.
 *
 * Names of fonts that are not there are no error: programs write those of the original service, which belong to others.
 *
 * @param named as the rule has it, for instance `SimHei.ttf`
 */
export function facesFor(named: string = defaultFont, fonts: readonly FontFile[]): Faces {
  const wanted = fontName(named)
  const isWanted = ({ name }: FontFile) => name === wanted
  const files = [...fonts.filter(isWanted), ...fonts.filter((font) => !isWanted(font))]
  const faces: Typeface[] = []
  let next = 0
  return async (index) => {
    while (faces.length <= index && next < files.length) {
      const { file } = files[next]!
      next += 1
      const face = await openTypeface(file).catch(() => null)
      if (face !== null) faces.push(face)
    }
    if (faces.length === 0) throw new Failure('InternalError', 'There is no font that can be read.')
    return faces[index] ?? null
  }
}
