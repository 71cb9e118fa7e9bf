/** The sum of the prices of pictures in work, kept within what was promised to the engines. Bytes. */
export class MemoryBudget {
  readonly totalBytes: number
  #used = 0

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes
  }

  get freeBytes(): number {
    return this.totalBytes - this.#used
  }

  /** Takes the bytes if they are there. */
  take(bytes: number): boolean {
    if (bytes > this.freeBytes) return false
    this.#used += bytes
    return true
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}
