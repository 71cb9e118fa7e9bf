import type { PictureFacts } from './kept-picture.ts'

/** Longer than this nothing stays, so that what is used for long is looked at in its file now and then. */
const LONGEST_MS = 600_000

export interface ShelvedPicture {
  readonly facts: Pick<PictureFacts, 'contentType'>
  readonly bytes: Buffer
}

/** The pictures that were asked for last, in memory: no file is opened for them. */
export class ResultShelf {
  readonly #maxBytes: number
  /** The least recently used first. */
  readonly #pictures = new Map<string, ShelvedPicture & { readonly since: number }>()
  #usedBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  find(version: string): ShelvedPicture | null {
    const found = this.#pictures.get(version)
    if (found === undefined) return null
    this.remove(version)
    if (Date.now() - found.since > LONGEST_MS) return null
    this.#put(version, found)
    return found
  }

  /** What is a large part of the room is not put in. */
  put(version: string, { facts: { contentType }, bytes }: ShelvedPicture): void {
    if (bytes.length > this.#maxBytes / 16) return
    this.remove(version)
    this.#put(version, { facts: { contentType }, bytes, since: Date.now() })
    for (const oldest of this.#pictures.keys()) {
      if (this.#usedBytes <= this.#maxBytes) return
      this.remove(oldest)
    }
  }

  remove(version: string): void {
    this.#usedBytes -= this.#pictures.get(version)?.bytes.length ?? 0
    this.#pictures.delete(version)
  }

  #put(version: string, picture: ShelvedPicture & { readonly since: number }): void {
    this.#pictures.set(version, picture)
    this.#usedBytes += picture.bytes.length
  }
}
