import type { PictureFormat } from '../picture-format.ts'

/** What the header of a picture says; no pixel has been decoded for it. */
export interface PictureHeader {
  readonly format: PictureFormat
  /** Bytes of the file. */
  readonly bytes: number
  /** As stored, not turned by the orientation; of one frame. */
  readonly width: number
  readonly height: number
  /** 1 for stills. Pages of a TIFF do not count as frames. */
  readonly frames: number
  /** EXIF orientation; 0 when there is none. */
  readonly orientation: number
  /** Estimated quality of a JPEG; `null` for formats that do not store one. */
  readonly quality: number | null
  readonly channels: number
  readonly alpha: boolean
  /** Colour model of the pixels: grey ones and CMYK ones need care. */
  readonly colours: 'rgb' | 'grey' | 'other'
  readonly sixteenBits: boolean
  /** Bytes of one sample of one pixel, as decoded; more than two only in TIFF. */
  readonly sampleBytes: number
  /** Progressive JPEG, one with a scan for each component, interlaced PNG: decoding keeps the whole picture in memory. */
  readonly interlaced: boolean
  readonly palette: boolean
  readonly has: { readonly exif: boolean; readonly icc: boolean; readonly xmp: boolean; readonly iptc: boolean }
  /** Of everything that is carried along beside the pixels, inflated. */
  readonly metadataBytes: number
  /** Milliseconds each frame is shown. */
  readonly delays: readonly number[]
  /** How often an animation is shown; 0 is for ever. */
  readonly loop: number
}

/** What most stills have beside format and size: eight bits of red, green and blue, and nothing else. */
export const plainHeader: Omit<PictureHeader, 'format' | 'bytes' | 'width' | 'height'> = {
  frames: 1,
  orientation: 0,
  quality: null,
  channels: 3,
  alpha: false,
  colours: 'rgb',
  sixteenBits: false,
  sampleBytes: 1,
  interlaced: false,
  palette: false,
  has: { exif: false, icc: false, xmp: false, iptc: false },
  metadataBytes: 0,
  delays: [],
  loop: 0,
}

/**
 * sharp works on colours of 16 bits in Display P3 and takes it for granted afterwards that somebody says what they are
 * to become: without a profile they stay P3 and look pale, and the profile of the source is lost when the picture is
 * turned. So they are given one: P3 itself where a profile is kept, sRGB where none is.
 */
export function isDeepWithProfile({ sixteenBits, colours, has }: PictureHeader): boolean {
  return sixteenBits && colours === 'rgb' && has.icc
}
