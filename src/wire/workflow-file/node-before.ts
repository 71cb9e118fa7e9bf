import type { WorkflowTopology } from '../workflow-documents.ts'

/** What a node follows when it follows no other node: the upload. */
export const START = 'Start'

/** The node whose result another one works on; the start is called `Start`, whatever its name. */
export function nodeBefore({ dependencies, nodes }: WorkflowTopology, name: string): string {
  const before = dependencies.find(({ to }) => to.includes(name))?.from
  const node = nodes.find((one) => one.name === before)
  return node === undefined || node.type === 'Start' ? START : node.name
}
