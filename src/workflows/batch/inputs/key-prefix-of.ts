/** The prefix that a request means: as in workflows one slash in front does not count, and `/` is the whole bucket. */
export function keyPrefixOf(value: string): string {
  return value.startsWith('/') ? value.slice(1) : value
}
