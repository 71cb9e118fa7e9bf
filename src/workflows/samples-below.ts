/** Keys such as will come below a prefix: right below it, and in a folder there. */
export function samplesBelow(prefix: string): readonly string[] {
  return [`${prefix}x.y`, `${prefix}x/x.y`]
}
