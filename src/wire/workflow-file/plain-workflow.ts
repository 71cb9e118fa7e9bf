import type { ExtFilter, WorkflowNotify } from '../workflow-documents.ts'
import { START } from './node-before.ts'
import type { FileNode, WorkflowFile } from './workflow-file.ts'

/** A value as it stands in a file; what is `undefined` is left out. */
type Plain = string | boolean | readonly string[] | { readonly [name: string]: Plain | undefined }

/** A workflow file as the value that its text says: what `--json` shows. */
export function plainWorkflow(file: WorkflowFile): { readonly [name: string]: Plain | undefined } {
  const { media, speechRecognition, aiProcess } = file.otherQueues
  const others = {
    media: media ?? undefined,
    speechRecognition: speechRecognition ?? undefined,
    aiProcess: aiProcess ?? undefined,
  }
  return given({
    name: file.name,
    state: file.state ?? undefined,
    prefix: file.prefix ?? undefined,
    extensions: file.extensions === null ? undefined : plainExtensions(file.extensions),
    queue: file.queue ?? undefined,
    otherQueues: Object.values(others).some((one) => one !== undefined) ? given(others) : undefined,
    notify: file.notify === null ? undefined : plainNotify(file.notify),
    nodes: Object.fromEntries(file.nodes.map((node) => [node.name, plainNode(node)])),
  })
}

function plainExtensions(filter: ExtFilter): Plain {
  const { state, customExts, ...kinds } = filter
  const on = Object.entries(kinds).filter(([, isOn]) => isOn)
  const only = state === 'On' && on.length === 1 ? on[0]![0] : null
  if (only === 'image' && customExts.length === 0) return 'images'
  if (only === 'custom') return customExts
  return given({
    state: state === 'On' ? undefined : state,
    ...Object.fromEntries(on),
    customExts: customExts.length === 0 ? undefined : customExts,
  })
}

function plainNotify({ url, events, resultFormat, state, type }: WorkflowNotify): Plain {
  return given({
    url: url ?? undefined,
    events: events.length === 0 ? undefined : events,
    format: resultFormat ?? undefined,
    state: state ?? undefined,
    type: type ?? undefined,
  })
}

function plainNode({ template, inline, after, output, userData }: FileNode): Plain {
  return given({
    template: template ?? undefined,
    rule: inline?.processRule,
    picInfo: inline?.isPicInfo === true ? true : undefined,
    after: after === START ? undefined : after,
    output: output.place === null ? output.key : { key: output.key, ...output.place },
    userData: userData ?? undefined,
  })
}

function given(value: { readonly [name: string]: Plain | undefined }): { readonly [name: string]: Plain | undefined } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined))
}
