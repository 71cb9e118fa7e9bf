/**
 * How often a header stands in a request. Node takes the first of two and says nothing, while a proxy in front may have
 * looked at the second.
 *
 * @param rawHeaders names and values in turn, as they came
 * @param name in lower case
 */
export function timesOfHeader(rawHeaders: readonly string[], name: string): number {
  return rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length
}
