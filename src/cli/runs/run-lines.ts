import type { ToldRun } from '../../wire/index.ts'
import { branches, padEnd, printable, shownDuration, type Tree, width } from '../terminal/index.ts'
import { followers, type NodeState, nodeStates } from './node-states.ts'

const SIGNS: Readonly<Record<NodeState['state'], string>> = {
  Waiting: '·',
  NotStarted: '·',
  Submitted: '…',
  Pause: '‖',
  Running: '▸',
  Success: '✓',
  Failed: '✗',
  Cancel: '–',
}
const WORDS: Readonly<Record<NodeState['state'], string>> = {
  Waiting: 'waiting',
  NotStarted: 'not started',
  Submitted: 'Submitted',
  Pause: 'Pause',
  Running: 'Running',
  Success: 'Success',
  Failed: 'Failed',
  Cancel: 'Cancel',
}

/** A run as a tree of its nodes, each with its state and what came of it. */
export function runLines(run: ToldRun, nowMs: number): readonly string[] {
  const nodes = nodeStates(run)
  const treeOf = (node: NodeState): Tree<NodeState> => ({ value: node, below: followers(nodes, node.name).map(treeOf) })
  const root: Tree<NodeState | null> = { value: null, below: followers(nodes).map(treeOf) }
  const rows = branches(root).map(({ lead, value }) => ({
    label: lead + printable(value?.name ?? run.object),
    node: value,
  }))
  const column = Math.max(...rows.map(({ label }) => width(label)))
  const took = run.state === 'Running' ? `  ${shownDuration(nowMs - run.createTimeMs)}` : ''
  return [
    `${printable(run.workflowName)}  ${run.state}${took}  ${run.runId}`,
    ...rows.map(({ label, node }) => (node === null ? label : `${padEnd(label, column)}  ${nodeText(node, nowMs)}`)),
  ]
}

function nodeText({ state, task }: NodeState, nowMs: number): string {
  const said = `${SIGNS[state]} ${WORDS[state].padEnd(11)}`
  const outcome = task === null ? '' : outcomeOf(task)
  if (task === null || task.startTimeMs === null) return `${said}${outcome === '' ? '' : `  ${outcome}`}`.trimEnd()
  const took = shownDuration((task.endTimeMs ?? nowMs) - task.startTimeMs)
  return `${said}  ${took.padEnd(6)}  ${outcome}`.trimEnd()
}

/** What a job wrote, or why it failed. */
export function outcomeOf(task: NonNullable<NodeState['task']>): string {
  if (task.state === 'Failed') return printable(`${task.code}: ${task.message}`)
  return task.result === null ? '' : printable(task.result.objectName)
}
