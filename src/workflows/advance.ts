import type { JobState } from '../jobs/index.ts'
import type { PicProcessNode, RunState, WorkflowTopology } from '../wire/index.ts'
import { nodesBefore } from './graph.ts'
import { startNodeOf } from './start-node.ts'

/** How a node that was started stands. */
export interface TaskState {
  readonly node: string
  readonly state: JobState
}

/** A node that may start now. */
export interface NextNode {
  readonly node: PicProcessNode
  /** The node whose output it works on; `null`: it works on the object that started the run. */
  readonly after: string | null
}

/**
 * The nodes that may start now, in the order of the topology: those that have not been started and that follow only
 * nodes that have succeeded. Behind one that failed or was cancelled nothing starts.
 */
export function nextNodes(topology: WorkflowTopology, tasks: readonly TaskState[]): NextNode[] {
  const start = startNodeOf(topology).name
  const stateOf = new Map(tasks.map(({ node, state }) => [node, state]))
  const before = nodesBefore(topology)
  return topology.nodes.flatMap((node) => {
    if (node.type === 'Start' || stateOf.has(node.name)) return []
    const waitsFor = before.get(node.name) ?? []
    const may = waitsFor.length > 0 && waitsFor.every((name) => name === start || stateOf.get(name) === 'Success')
    return may ? [{ node, after: waitsFor.find((name) => name !== start) ?? null }] : []
  })
}

/** The state of a run. It ends when every job has ended and nothing more may start. */
export function runStateOf(topology: WorkflowTopology, tasks: readonly TaskState[]): RunState {
  const has = (state: JobState): boolean => tasks.some((task) => task.state === state)
  if (has('Submitted') || has('Running') || nextNodes(topology, tasks).length > 0) return 'Running'
  if (has('Failed')) return 'Failed'
  return has('Cancel') ? 'Cancel' : 'Success'
}
