import type { WireDocument } from './document.ts'
import { renderUtcTime } from './times.ts'

/** What an object or a part has become that was copied. */
export interface CopyFacts {
  /** Quoted. */
  readonly etag: string
  readonly crc64: string
  readonly lastModifiedMs: number
}

export function copyDocument(root: 'CopyObjectResult' | 'CopyPartResult', facts: CopyFacts): WireDocument {
  const { etag, crc64, lastModifiedMs } = facts
  return { root, content: { ETag: etag, CRC64: crc64, LastModified: renderUtcTime(lastModifiedMs) } }
}
