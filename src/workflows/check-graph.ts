import { Failure } from '../base/index.ts'
import { MAX_WORKFLOW_NODES, said, type WorkflowTopology } from '../wire/index.ts'
import { END, nextAfter, nodesBefore } from './graph.ts'

const DEPENDENCIES = 'MediaWorkflow.Topology.Dependencies'
/** Where the nodes stand in a request. */
export const NODES = 'MediaWorkflow.Topology.Nodes'

/**
 * Refuses a graph that is not one tree of pictures growing from one `Start`: names that are doubled or unknown, circles,
 * nodes that nothing leads to, nodes with more than one input.
 *
 * Two nodes that lead to the same third one leave open on whose output it works; the order in which they are named cannot
 * say it, since programs that read a workflow and write it back do not keep it.
 *
 * @throws Failure `InvalidArgument` that names the node
 */
export function checkGraph(topology: WorkflowTopology, { chainedNodes }: { readonly chainedNodes: boolean }): void {
  checkNames(topology)
  const start = theStart(topology)
  checkCircles(topology)
  checkEdges(topology, start, chainedNodes)
  checkReached(topology, start)
  for (const [name, before] of nodesBefore(topology)) {
    if (before.length > 1) {
      refuse(`${NODES}.${name} follows ${before.join(' and ')}, expected one node: it works on the output of that one.`)
    }
  }
}

function checkNames({ dependencies, nodes }: WorkflowTopology): void {
  if (nodes.length > MAX_WORKFLOW_NODES) {
    refuse(`${NODES} holds ${nodes.length} nodes, expected at most ${MAX_WORKFLOW_NODES}.`)
  }
  const known = new Set<string>()
  for (const { name } of nodes) {
    if (name === END) refuse(`${NODES} holds End, expected another name: it stands for the end of a branch.`)
    if (known.has(name)) refuse(`${NODES} holds ${name} twice, expected each name once.`)
    known.add(name)
  }
  const seen = new Set<string>()
  for (const { from, to } of dependencies) {
    if (!known.has(from)) refuse(`${DEPENDENCIES} holds ${from}, expected a node of ${NODES}.`)
    if (seen.has(from)) refuse(`${DEPENDENCIES} holds ${from} twice, expected each name once.`)
    seen.add(from)
    const next = new Set<string>()
    for (const name of to) {
      if (name !== END && !known.has(name)) {
        refuse(`${DEPENDENCIES}.${from} names ${said(name)}, expected End or a node of ${NODES}.`)
      }
      if (next.has(name)) refuse(`${DEPENDENCIES}.${from} names ${name} twice, expected each name once.`)
      next.add(name)
    }
  }
}

function theStart({ nodes }: WorkflowTopology): string {
  const starts = nodes.filter(({ type }) => type === 'Start').map(({ name }) => name)
  if (starts.length === 1) return starts[0]!
  const found = starts.length === 0 ? 'none' : starts.join(', ')
  refuse(`${NODES} must have exactly one node of type Start, found ${found}.`)
}

function checkEdges(topology: WorkflowTopology, start: string, chainedNodes: boolean): void {
  for (const { from, to } of topology.dependencies) {
    for (const name of to) {
      if (name === start)
        refuse(`${DEPENDENCIES}.${from} leads to ${start}, expected that nothing does: a run begins there.`)
      if (from === start && name === END) {
        refuse(
          `${DEPENDENCIES}.${start} leads to End, expected nodes of type PicProcess: there would be nothing to do.`,
        )
      }
      if (from !== start && name !== END && !chainedNodes) {
        refuse(
          `${DEPENDENCIES}.${from} leads to ${name}, expected End: a PicProcess node follows another one only where PIXMILL_CHAINED_NODES is on. Two rules can be joined with | in one node.`,
        )
      }
    }
  }
  if (nextAfter(topology, start).length === 0) {
    refuse(`${DEPENDENCIES} leads from ${start} to nothing, expected at least one node of type PicProcess.`)
  }
}

/** Goes down every path once; a node that is met again on the way is a circle, which is told in full. */
function checkCircles(topology: WorkflowTopology): void {
  const done = new Set<string>()
  const way: string[] = []
  const goDown = (name: string): void => {
    const met = way.indexOf(name)
    if (met >= 0) refuse(`${DEPENDENCIES} goes in a circle: ${[...way.slice(met), name].join(' → ')}.`)
    if (done.has(name)) return
    way.push(name)
    for (const next of nextAfter(topology, name)) goDown(next)
    way.pop()
    done.add(name)
  }
  for (const { name } of topology.nodes) goDown(name)
}

function checkReached(topology: WorkflowTopology, start: string): void {
  const reached = new Set([start])
  for (const name of reached) for (const next of nextAfter(topology, name)) reached.add(next)
  for (const { name } of topology.nodes) {
    if (!reached.has(name))
      refuse(`${NODES}.${name} is never reached, expected a way from ${start} in ${DEPENDENCIES}.`)
  }
}

function refuse(message: string): never {
  throw new Failure('InvalidArgument', message)
}
