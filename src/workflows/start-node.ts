import type { StartNode, WorkflowTopology } from '../wire/index.ts'

/** The node at which runs begin: a checked topology has exactly one. */
export function startNodeOf({ nodes }: WorkflowTopology): StartNode {
  return nodes.find((node): node is StartNode => node.type === 'Start')!
}

/**
 * The prefix as keys are compared with it: a slash in front counts for nothing, as in the original's own samples
 * (`/wk-test` is the prefix of `wk-test/game.mp4`). Empty: every key of the bucket.
 */
export function prefixOf({ objectPrefix }: StartNode): string {
  const prefix = objectPrefix ?? ''
  return prefix.startsWith('/') ? prefix.slice(1) : prefix
}
