import type { FileNode } from './workflow-file.ts'

/** What a field of the protocol is in a file, by the end of its path; the first that fits counts. */
const ofNode = [
  ['Operation.Output', 'output'],
  ['Operation.TemplateId', 'template'],
  ['Operation.PicProcess', 'rule'],
  ['Operation.UserData', 'userData'],
] as const
const ofStart = [
  ['Input.ObjectPrefix', 'prefix'],
  ['Input.NotifyConfig.Url', 'notify.url'],
  ['Input.NotifyConfig.Event', 'notify.events'],
  ['Input.NotifyConfig', 'notify'],
  ['Input.ExtFilter', 'extensions'],
  ['Input.PicProcessQueueId', 'queue'],
  ['Input', 'otherQueues'],
] as const

/**
 * A message in the words of the protocol in those of a file: `MediaWorkflow.Topology.Nodes.small.Operation.TemplateId is …`
 * becomes `nodes.small.template is …`. What is said of no field stays as it is.
 */
export function inWordsOfFile(message: string, nodes: readonly FileNode[]): string {
  const field = fieldNamed(message, nodes)
  if (field === '') return message
  return message
    .replace(/MediaWorkflow\.Topology\.Nodes\.\S+?(?= is |: )/, () => field)
    .replace(/MediaWorkflow\.Topology\.Dependencies[. ]/, () => `${field}: `)
}

/**
 * The field of a file that a message speaks of in the words of the protocol:
 * `MediaWorkflow.Topology.Nodes.small.Operation.TemplateId is …` is `nodes.small.template`. `''` when it names none.
 */
export function fieldNamed(message: string, nodes: readonly FileNode[]): string {
  const before = 'MediaWorkflow.Topology.'
  const at = message.indexOf(before)
  if (at < 0) return message.includes('MediaWorkflow.Name') ? 'name' : ''
  const rest = message.slice(at + before.length)
  // A name may hold dots and begin with another one: the longest that fits is meant.
  const names = nodes.map(({ name }) => name).sort((a, b) => b.length - a.length)
  if (rest.startsWith('Nodes.')) {
    const inside = rest.slice('Nodes.'.length)
    const name = names.find((one) => inside.startsWith(one) && !/^[\w-]/.test(inside.slice(one.length)))
    if (name !== undefined) {
      const field = ofNode.find(([end]) => inside.startsWith(`${name}.${end}`))
      return field === undefined ? `nodes.${name}` : `nodes.${name}.${field[1]}`
    }
    const end = inside.slice(inside.indexOf('.') + 1)
    return ofStart.find(([one]) => end.startsWith(one))?.[1] ?? 'nodes'
  }
  // Of an arrow between two nodes the second one says it, in its `after`; of a circle any of them.
  const arrow = /(?: leads to | circle: )(.*)$/.exec(rest)?.[1] ?? ''
  const name = names.find((one) => arrow.startsWith(one) && !/^[\w-]/.test(arrow.slice(one.length)))
  return name === undefined ? 'nodes' : `nodes.${name}.after`
}
