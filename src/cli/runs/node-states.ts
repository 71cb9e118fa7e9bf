import type { ToldRun, ToldTask, WireJobState } from '../../wire/index.ts'
import { nodeBefore, START } from '../../wire/index.ts'

/** A node of a run: its job, or that there is none yet, or never will be. */
export interface NodeState {
  readonly name: string
  /** Name of the node whose result it works on, or `Start`. */
  readonly after: string
  readonly state: WireJobState | 'Waiting' | 'NotStarted'
  /** `null` while there is no job. */
  readonly task: ToldTask | null
}

/** Every node of a run, in the order of its workflow. */
export function nodeStates(run: ToldRun): readonly NodeState[] {
  const tasks = new Map(run.tasks.map((task) => [task.name, task]))
  return run.topology.nodes
    .filter(({ type }) => type === 'PicProcess')
    .map(({ name }) => {
      const task = tasks.get(name) ?? null
      const without = run.state === 'Running' ? 'Waiting' : 'NotStarted'
      return { name, after: nodeBefore(run.topology, name), state: task?.state ?? without, task }
    })
}

/** The nodes that follow one, or the start. */
export function followers(nodes: readonly NodeState[], name: string = START): readonly NodeState[] {
  return nodes.filter(({ after }) => after === name)
}
