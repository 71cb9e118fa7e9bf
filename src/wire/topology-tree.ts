import type { DocumentTree } from './document.ts'
import { outputTree, picProcessTree } from './jobs-detail-tree.ts'
import type { ExtFilter, StartNode, WorkflowNode, WorkflowNotify, WorkflowTopology } from './workflow-documents.ts'

/**
 * A topology as it is echoed: what was given, in the order in which it was given, and nothing that was not. Each
 * dependency is one element with text alone; the Go SDK ends its program at any other.
 */
export function topologyTree({ dependencies, nodes }: WorkflowTopology): DocumentTree {
  return {
    Dependencies: Object.fromEntries(dependencies.map(({ from, to }) => [from, to.join(',')])),
    Nodes: Object.fromEntries(nodes.map((node) => [node.name, nodeTree(node)])),
  }
}

function nodeTree(node: WorkflowNode): DocumentTree {
  if (node.type === 'Start') return { Type: 'Start', Input: startInputTree(node) }
  return {
    Type: 'PicProcess',
    Operation: {
      TemplateId: node.templateId ?? undefined,
      PicProcess: node.inline === null ? undefined : picProcessTree(node.inline),
      Output: outputTree(node.output),
      UserData: node.userData ?? undefined,
    },
  }
}

function startInputTree(node: StartNode): DocumentTree {
  return {
    ObjectPrefix: node.objectPrefix ?? undefined,
    QueueId: node.queueId ?? undefined,
    PicProcessQueueId: node.picProcessQueueId ?? undefined,
    SpeechRecognitionQueueId: node.speechRecognitionQueueId ?? undefined,
    AIProcessQueueId: node.aiProcessQueueId ?? undefined,
    NotifyConfig: node.notify === null ? undefined : notifyTree(node.notify),
    ExtFilter: node.extFilter === null ? undefined : extFilterTree(node.extFilter),
  }
}

function notifyTree(notify: WorkflowNotify): DocumentTree {
  return {
    State: notify.state ?? undefined,
    Event: notify.events.length === 0 ? undefined : notify.events.join(','),
    ResultFormat: notify.resultFormat ?? undefined,
    Type: notify.type ?? undefined,
    Url: notify.url ?? undefined,
  }
}

function extFilterTree(filter: ExtFilter): DocumentTree {
  return {
    State: filter.state,
    Image: String(filter.image),
    Video: String(filter.video),
    Audio: String(filter.audio),
    ContentType: String(filter.contentType),
    Custom: String(filter.custom),
    CustomExts: filter.customExts.length === 0 ? undefined : filter.customExts.join('/'),
    AllFile: String(filter.allFile),
  }
}
