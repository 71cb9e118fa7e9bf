import {
  type ExtFilter,
  NO_KINDS,
  type PicProcessNode,
  type StartNode,
  type WorkflowRequest,
  type WorkflowTopology,
} from '../../src/wire/index.ts'

export const workflowBucket = 'album-1250000000'

export function startNode(changes: Partial<StartNode> = {}): StartNode {
  return {
    name: 'Start',
    type: 'Start',
    objectPrefix: 'raw/',
    queueId: null,
    picProcessQueueId: null,
    speechRecognitionQueueId: null,
    aiProcessQueueId: null,
    notify: null,
    extFilter: null,
    ...changes,
  }
}

export function picProcessNode(name: string, changes: Partial<PicProcessNode> = {}): PicProcessNode {
  return {
    name,
    type: 'PicProcess',
    templateId: null,
    inline: { isPicInfo: false, processRule: 'imageMogr2/thumbnail/320x' },
    output: { bucket: workflowBucket, region: 'ap-test', object: `out/\${RunId}/${name}.webp` },
    userData: null,
    ...changes,
  }
}

export function extFilter(changes: Partial<ExtFilter> = {}): ExtFilter {
  return { ...NO_KINDS, ...changes }
}

/** A topology from its edges: `{ Start: ['a', 'b'], a: ['c'] }`. What leads nowhere ends there. */
export function topologyOf(
  edges: Readonly<Record<string, readonly string[]>>,
  nodes: Readonly<Record<string, Partial<PicProcessNode>>> = {},
  start: Partial<StartNode> = {},
): WorkflowTopology {
  const names = new Set(Object.entries(edges).flatMap(([from, to]) => [from, ...to]))
  names.delete('Start')
  names.delete('End')
  const pictures = [...names].map((name) => picProcessNode(name, nodes[name]))
  return {
    dependencies: Object.entries(edges).map(([from, to]) => ({ from, to })),
    nodes: [startNode(start), ...pictures],
  }
}

export function workflowOf(topology: WorkflowTopology, changes: Partial<WorkflowRequest> = {}): WorkflowRequest {
  return { name: 'thumbs', state: 'Active', topology, ...changes }
}
