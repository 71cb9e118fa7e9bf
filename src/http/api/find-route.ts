import { Failure } from '../../base/index.ts'
import type { ApiRoute } from './route.ts'

export interface FoundRoute<Deps> {
  readonly route: ApiRoute<Deps>
  /** What stands in the place of the route's path parameters. */
  readonly path: Readonly<Record<string, string>>
}

/**
 * The route of a method and a path. A word that stands in a route is preferred to a parameter: `/-/api/jobs/last` to
 * `/-/api/jobs/{jobId}`.
 *
 * @param path decoded
 * @throws Failure `UnknownRoute`, or `MethodNotAllowed` with the methods that are (`details.allow`)
 */
export function findRoute<Deps>(routes: readonly ApiRoute<Deps>[], method: string, path: string): FoundRoute<Deps> {
  const here = routes.flatMap((route) => {
    const values = match(route, path)
    return values === null ? [] : [{ route, path: values }]
  })
  if (here.length === 0) throw new Failure('UnknownRoute', `There is nothing at ${path}.`)
  const wordFirst = here.sort((one, other) => Object.keys(one.path).length - Object.keys(other.path).length)
  const found = wordFirst.find(({ route }) => route.method === method)
  if (found !== undefined) return found
  const allow = [...new Set(here.map(({ route }) => route.method))].join(', ')
  throw new Failure('MethodNotAllowed', `${path} cannot be asked with ${method}, expected ${allow}.`, {
    details: { allow },
  })
}

function match({ path, pathParameters = {} }: ApiRoute<never>, asked: string): Record<string, string> | null {
  const values: Record<string, string> = {}
  const steps = path.split('/')
  const given = asked.split('/')
  for (const [index, step] of steps.entries()) {
    const name = /^\{(\w+)\}$/.exec(step)?.[1]
    const value = given[index]
    if (value === undefined) return null
    if (name === undefined) {
      if (value !== step) return null
    } else if (pathParameters[name]?.isRest) {
      values[name] = given.slice(index).join('/')
      return values
    } else if (value === '') return null
    else values[name] = value
  }
  return given.length === steps.length ? values : null
}
