import type { FailureCode } from '../../base/index.ts'
import type { FontFile } from '../fonts/font-shelf.ts'
import type { PictureLimits } from '../limits.ts'
import type { PictureFormat } from '../picture-format.ts'
import type { Information } from '../rule/picture-request.ts'
import type { Rule } from '../rule/rule.ts'

/** What is said of the picture that came in. */
export interface SourceFacts {
  readonly format: PictureFormat
  /** As stored, not turned by the orientation; of one frame. Pixels. */
  readonly width: number
  readonly height: number
  /** EXIF orientation; 0 when there is none. */
  readonly orientation: number
  /** Estimated for JPEG; 100 for formats that do not store one. */
  readonly quality: number
  readonly frames: number
  /** `0xrrggbb`; only when asked for. */
  readonly averageColour?: string
}

/** What is said of the picture that was made. */
export interface ResultFacts {
  readonly format: PictureFormat
  readonly contentType: string
  /** Of one frame, pixels. */
  readonly width: number
  readonly height: number
  /** The quality it was encoded with; 100 for formats without one. */
  readonly quality: number
  readonly frames: number
  /** Bytes. */
  readonly size: number
  /** Hexadecimal. */
  readonly md5: string
  /** CRC-64/XZ, unsigned decimal. */
  readonly crc64: string
}

export interface ProcessedPicture {
  readonly source: SourceFacts
  readonly result: ResultFacts
}

/** The descriptor that results are sent over, in the engine. Node's own channel is the one before it. */
export const RESULTS_FD = 4

/** Results up to this size may come without a file; see `Task.sendsSmall`. Bytes: nearly every thumbnail is smaller, a PNG too. */
export const mostSentBytes = 1024 * 1024

/** A picture that was made, and its bytes when they are in no file. */
export interface MadePicture extends ProcessedPicture {
  /** Only where small results were asked for in this way; else the result is the output file. */
  readonly bytes?: Buffer
}

/** What a rule would make of a picture, as its header says; no pixel has been decoded. */
export interface AnnouncedPicture {
  readonly source: SourceFacts
  /** Of the source, bytes. */
  readonly sourceSize: number
  readonly result: {
    readonly format: PictureFormat
    /** Of one frame, pixels. */
    readonly width: number
    readonly height: number
    /** Asked of the encoder; a limit on the size may lower it. 100 for formats without one. */
    readonly quality: number
    /** Asked of the encoder; that of WebP puts equal neighbours together. */
    readonly frames: number
    /** Whether it is the file itself: always, never, or when the result turns out not to be smaller. */
    readonly isOriginal: 'always' | 'never' | 'unless smaller'
  }
  /** Memory it takes at its peak, about; bytes. */
  readonly priceBytes: number
}

/** A picture that a rule puts on another, as a file. */
export interface NamedInput {
  /** As the rule has it. */
  readonly url: string
  readonly file: string
}

/** One picture to process, as the engine is told of it. */
export interface Task {
  readonly sourceFile: string
  readonly outputFile: string
  /**
   * A result of up to `mostSentBytes` is sent and not written: for whoever is to have it at once, files of two users cost
   * more than the bytes. Default no.
   */
  readonly sendsSmall?: boolean
  readonly rule: Rule
  /** What is wanted instead of the picture that the rule makes; the answer, as JSON, is the output. */
  readonly about?: Information | undefined
  /** The objects that the rule names beside its source; none of them may be missing. */
  readonly inputs?: readonly NamedInput[] | undefined
  /** What texts may be set in, the preferred one first. */
  readonly fonts?: readonly FontFile[] | undefined
  readonly wantSourceFacts: boolean
  readonly limits: PictureLimits
}

/** What is told with each picture; the limits are the same for all. */
export interface SentTask extends Omit<Task, 'limits'> {
  /** Files of earlier pictures that nobody needs any more, for the engine to remove. Default none. */
  readonly removes?: readonly string[] | undefined
}

export type ToEngine =
  /** The first word: how large the process may grow, which folders it has to be able to enter, and how large pictures may be. */
  | {
      readonly ask: 'begin'
      readonly ceilingBytes: number
      readonly mustReach: readonly string[]
      readonly limits: PictureLimits
    }
  /** Read the header and say the price. Up to `allowance` bytes the engine goes on without waiting. */
  | { readonly ask: 'open'; readonly id: number; readonly task: SentTask; readonly allowance: number }
  | { readonly ask: 'go'; readonly id: number }
  /** Read the header and say what would be made of the picture. */
  | { readonly ask: 'announce'; readonly id: number; readonly task: SentTask }
  /** Nobody waits for this one any more; it has not been told to go. */
  | { readonly ask: 'forget'; readonly id: number }
  /** Use these cores and no others, as proc(5) lists them. Systems that know no way to do so do without, and say nothing. */
  | { readonly ask: 'pin'; readonly cores: string }

export type FromEngine =
  | { readonly say: 'ready' }
  | { readonly say: 'cannot reach'; readonly folder: string }
  /** The price is above the allowance, and the engine does nothing for this picture before it is told to go. */
  | { readonly say: 'price'; readonly id: number; readonly bytes: number }
  /** `sent`: so many bytes of the result come over the engine's second channel, after those told of before; 0 when it is a file. */
  | { readonly say: 'done'; readonly id: number; readonly picture: ProcessedPicture; readonly sent: number }
  | { readonly say: 'announced'; readonly id: number; readonly picture: AnnouncedPicture }
  | { readonly say: 'failed'; readonly id: number; readonly failure: SentFailure }
  | { readonly say: 'pinned'; readonly cores: string }
  /** The last word before the process ends itself. */
  | { readonly say: 'over ceiling'; readonly bytes: number }

/** A failure as it crosses the channel; the cause stays in the engine's log line. */
export interface SentFailure {
  readonly code: FailureCode
  readonly message: string
  readonly details: Readonly<Record<string, string | number>>
  /** For the log only. */
  readonly cause?: string
}
