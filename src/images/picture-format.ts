import type { FormatName } from './rule/mogr-options.ts'

/** What we call the formats that pictures come in and go out as. The wire decides about letter case. */
export const writtenFormats = ['jpeg', 'png', 'webp', 'gif', 'avif', 'bmp', 'tiff'] as const
export const pictureFormats = [...writtenFormats, 'svg'] as const
export type WrittenFormat = (typeof writtenFormats)[number]
export type PictureFormat = (typeof pictureFormats)[number]

/** What a picture of this format is written in when the rule does not say. */
export function writtenLike(format: PictureFormat): WrittenFormat {
  return format === 'svg' ? 'png' : format
}

export interface FormatTraits {
  readonly contentType: string
  /** Of file names, without the dot. */
  readonly extension: string
  /** The name the rule language has for it; `null` when it is only read. */
  readonly ruleName: FormatName | null
  /** Whether pictures in it are written with a quality; the one used when nothing says which, else `null`. */
  readonly defaultQuality: number | null
  readonly alpha: boolean
  readonly animation: boolean
  /** Whether a viewer of this format heeds the EXIF orientation, so that pixels may stay as they are. */
  readonly orientation: boolean
  /** Longest side that can be written, pixels. */
  readonly maxSide: number
}

/**
 * AVIF keeps an orientation, but as a property that decoders apply before they tell the size: width and height of such a
 * file would not be those of its pixels. So pixels are turned instead.
 *
 * @source defaults: processing rules § 4.6; sides: the encoders' own limits
 */
export const formatTraits: { readonly [Format in PictureFormat]: FormatTraits } = {
  jpeg: {
    contentType: 'image/jpeg',
    extension: 'jpg',
    ruleName: 'jpg',
    defaultQuality: 85,
    alpha: false,
    animation: false,
    orientation: true,
    maxSide: 65_535,
  },
  png: {
    contentType: 'image/png',
    extension: 'png',
    ruleName: 'png',
    defaultQuality: null,
    alpha: true,
    animation: false,
    orientation: true,
    maxSide: 50_000,
  },
  webp: {
    contentType: 'image/webp',
    extension: 'webp',
    ruleName: 'webp',
    defaultQuality: 80,
    alpha: true,
    animation: true,
    orientation: true,
    maxSide: 16_383,
  },
  gif: {
    contentType: 'image/gif',
    extension: 'gif',
    ruleName: 'gif',
    defaultQuality: null,
    alpha: true,
    animation: true,
    orientation: false,
    maxSide: 65_535,
  },
  avif: {
    contentType: 'image/avif',
    extension: 'avif',
    ruleName: 'avif',
    defaultQuality: 60,
    alpha: true,
    animation: false,
    orientation: false,
    maxSide: 16_384,
  },
  bmp: {
    contentType: 'image/bmp',
    extension: 'bmp',
    ruleName: 'bmp',
    defaultQuality: null,
    alpha: false,
    animation: false,
    orientation: false,
    maxSide: 50_000,
  },
  svg: {
    contentType: 'image/svg+xml',
    extension: 'svg',
    ruleName: null,
    defaultQuality: null,
    alpha: true,
    animation: false,
    orientation: false,
    maxSide: 50_000,
  },
  tiff: {
    contentType: 'image/tiff',
    extension: 'tiff',
    ruleName: 'tiff',
    defaultQuality: null,
    alpha: true,
    animation: false,
    orientation: true,
    maxSide: 50_000,
  },
}

/** The extension of a result's file name, without the dot, for instance for `${Ext}` in an output name. */
export function resultExtension(format: PictureFormat): string {
  return formatTraits[format].extension
}
