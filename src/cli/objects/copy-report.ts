import { Progress, printable } from '../terminal/index.ts'

/** How many of the failures are told one by one. */
const MOST_TOLD = 20

/** What a copy of many files did, and how far it is. */
export class CopyReport {
  copied = 0
  same = 0
  bytes = 0
  readonly skipped: string[] = []
  readonly failed: { readonly name: string; readonly message: string }[] = []
  readonly progress: Progress

  constructor(what: string, isShown: boolean) {
    this.progress = new Progress(what, isShown)
  }

  fail(name: string, error: unknown): void {
    this.failed.push({ name, message: error instanceof Error ? error.message : String(error) })
  }

  /** Says the outcome. Gives the exit code. */
  tell(asJson: boolean): number {
    const { copied, same, bytes, skipped, failed } = this
    this.progress.end()
    if (asJson) process.stdout.write(`${JSON.stringify({ copied, same, bytes, skipped, failed })}\n`)
    else {
      const parts = [`${copied} copied (${bytes} bytes)`, `${same} were there already`]
      if (skipped.length > 0) parts.push(`${skipped.length} skipped: no files`)
      if (failed.length > 0) parts.push(`${failed.length} failed`)
      process.stdout.write(`${parts.join(', ')}.\n`)
      for (const { name, message } of failed.slice(0, MOST_TOLD)) {
        process.stderr.write(`${printable(name)}: ${printable(message)}\n`)
      }
      if (failed.length > MOST_TOLD) process.stderr.write(`… and ${failed.length - MOST_TOLD} more\n`)
    }
    return failed.length === 0 ? 0 : 1
  }
}
