const COLUMNS = 24

/** A bar that is filled to a share from 0 to 1. */
export function bar(share: number): string {
  return '█'.repeat(Math.floor(Math.min(1, Math.max(0, share)) * COLUMNS)).padEnd(COLUMNS, '░')
}
