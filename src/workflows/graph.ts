import type { WorkflowTopology } from '../wire/index.ts'

/** The word at the end of a branch: no node has this name. */
export const END = 'End'

/** The nodes that follow a node. One that is not named on the left of any dependency ends its branch, as `End` does. */
export function nextAfter({ dependencies }: WorkflowTopology, name: string): readonly string[] {
  return dependencies.filter(({ from }) => from === name).flatMap(({ to }) => to.filter((next) => next !== END))
}

/** For each node that follows others the names of those, in the order of the dependencies. */
export function nodesBefore({ dependencies }: WorkflowTopology): ReadonlyMap<string, readonly string[]> {
  const before = new Map<string, string[]>()
  for (const { from, to } of dependencies) {
    for (const name of to) {
      if (name === END) continue
      const others = before.get(name)
      if (others === undefined) before.set(name, [from])
      else others.push(from)
    }
  }
  return before
}
