import type { ApiParameter } from './route.ts'

const FORM = /^(\d{1,6})(ms|s|m)$/
const msOf = { ms: 1, s: 1_000, m: 60_000 } as const

export const waitParameter: ApiParameter = {
  schema: {
    type: 'string',
    // At most five minutes, in each of the three units.
    pattern: '^((300000|[12]?\\d{1,5})ms|(300|[12]?\\d{1,2})s|[0-5]m)$',
    description: 'a time such as `30s` or `500ms`, `5m` at most.',
    examples: ['30s'],
  },
  says: 'Answer only when it has ended, or when this time is over. What is answered then says in `state` whether it has.',
}

/** @param text that has passed the schema of the parameter */
export function waitMsOf(text: string): number {
  const [, number, unit] = FORM.exec(text)!
  return Number(number) * msOf[unit as keyof typeof msOf]
}
