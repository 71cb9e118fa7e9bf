/** What web sites of other origins may do with a bucket. The first rule that matches a request counts. */
export interface CorsRule {
  readonly id: string | null
  /** `http://host`, with one `*` anywhere or none; or `*`. */
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  /** Request headers, in lower case, with one `*` anywhere or none. */
  readonly headers: readonly string[]
  /** Answer headers that scripts may read. */
  readonly exposeHeaders: readonly string[]
  /** Seconds that a browser may remember the answer; `null`: not said. */
  readonly maxAgeSeconds: number | null
}

/** The rule that lets a script of this origin use this method with these headers; `null` when none does. */
export function corsRuleFor(
  rules: readonly CorsRule[],
  asked: { readonly origin: string; readonly method: string; readonly headers: readonly string[] },
): CorsRule | null {
  const { origin, method } = asked
  return (
    rules.find(
      (rule) =>
        rule.methods.includes(method) &&
        rule.origins.some((pattern) => fits(pattern, origin)) &&
        asked.headers.every((name) => rule.headers.some((pattern) => fits(pattern, name.toLowerCase()))),
    ) ?? null
  )
}

/** Compared by hand: a pattern that somebody else wrote is no regular expression. */
function fits(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*')
  if (star === -1) return pattern === text
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)]
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail)
}
