import type { DocumentTree, WireDocument } from './document.ts'

/** What is told of the pictures that were made when one was stored. */
export interface UploadResult {
  readonly source: {
    readonly key: string
    /** Host and key, without a scheme. */
    readonly location: string
    /** Without quotes, of what its key names now. */
    readonly etag: string
    /** Only when asked for. */
    readonly info: {
      /** Lower case. */
      readonly format: string
      readonly width: number
      readonly height: number
      readonly quality: number
      /** `0xrrggbb`. */
      readonly averageColour: string
      /** EXIF orientation, 0 when there is none. */
      readonly orientation: number
      readonly frames: number
    } | null
  }
  /** In the order of the rules. */
  readonly pictures: readonly {
    readonly key: string
    readonly location: string
    readonly etag: string
    readonly format: string
    readonly width: number
    readonly height: number
    readonly quality: number
    /** Bytes. */
    readonly size: number
    readonly frames: number
    /** Hexadecimal. */
    readonly md5: string
  }[]
}

/** The answer to an upload with `Pic-Operations`, and to `POST ?image_process`. */
export function uploadResultDocument(result: UploadResult): WireDocument {
  const { key, location, etag } = result.source
  const { ImageInfo, ProcessResults } = uploadResultParts(result)
  return {
    root: 'UploadResult',
    content: { OriginalInfo: { Key: key, Location: location, ETag: `"${etag}"`, ImageInfo }, ProcessResults },
  }
}

/**
 * What the completion of an upload in parts tells beside its own: clients look for it right below the root.
 *
 * @source the handlers of the Java and Node SDKs
 */
export function uploadResultParts({ source: { info }, pictures }: UploadResult): {
  readonly ImageInfo: DocumentTree | undefined
  readonly ProcessResults: DocumentTree
} {
  return {
    ImageInfo:
      info === null
        ? undefined
        : {
            // In capitals here and in small letters below: so the official samples have it.
            Format: info.format.toUpperCase(),
            Width: info.width,
            Height: info.height,
            Quality: info.quality,
            Ave: info.averageColour,
            Orientation: info.orientation,
            FrameCount: info.frames,
          },
    ProcessResults: {
      Object: pictures.map((picture) => ({
        Key: picture.key,
        Location: picture.location,
        Format: picture.format,
        Width: picture.width,
        Height: picture.height,
        Size: picture.size,
        Quality: picture.quality,
        ETag: `"${picture.etag}"`,
        FrameCount: picture.frames,
        Md5: picture.md5,
      })),
    },
  }
}
