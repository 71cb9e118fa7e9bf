import type { Setting } from '../base/index.ts'

export const pictureSettings = {
  fontsDir: {
    kind: 'text',
    variable: 'PIXMILL_FONTS_DIR',
    default: null,
    says: 'Folder with further fonts for text watermarks (TrueType, OpenType and collections of them), for instance /usr/share/fonts/truetype/droid. Its files have to be readable for the user of the engines. It is looked at when the first text is set.',
  },
  resultCacheBytes: {
    kind: 'integer',
    variable: 'PIXMILL_RESULT_CACHE',
    unit: 'bytes',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    default: 1024 * 1024 * 1024,
    says: 'Room on the disk for pictures that were made for GET requests, so that the same one is not made twice; the least recently used go. 0 keeps none.',
  },
  styleSeparators: {
    kind: 'text',
    variable: 'PIXMILL_STYLE_SEPARATORS',
    default: '!',
    pattern: { regex: /^(?:none|[-_/!]{1,4})$/, expected: 'none, or one to four of the characters - _ / !' },
    says: 'Characters that may stand between the key of an object and the name of a style, as in /cat.jpg!small. With "none" styles are asked for as ?style/NAME only.',
  },
} as const satisfies Record<string, Setting>
