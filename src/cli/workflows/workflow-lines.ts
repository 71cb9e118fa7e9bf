import { maskUrl } from '../../callbacks/index.ts'
import type { ExtFilter, FileNode, WorkflowFile, WorkflowView } from '../../wire/index.ts'
import { fileOf, START } from '../../wire/index.ts'
import type { Place } from '../server-client/index.ts'
import { branches, padEnd, printable, shownTime, type Tree, table, width } from '../terminal/index.ts'

/** A workflow as a person reads it: its facts, and its nodes as a tree. */
export function workflowText(view: WorkflowView, place: Place): string {
  const file = fileOf(view, place)
  const facts = table(
    [
      ['id', view.workflowId],
      ['bucket', `${place.bucket} (${place.region})`],
      ['started by', startedBy(view, file)],
      ['queue', file.queue ?? 'the image queue of the bucket'],
      ['tells', tells(file)],
      ['created', shownTime(view.createTimeMs)],
      ['updated', shownTime(view.updateTimeMs)],
    ].map(([name = '', value = '']) => [name, printable(value)]),
  )
  return `${printable(view.name)}  ${view.state}\n${facts}\n${treeText(file)}`
}

function startedBy({ state }: WorkflowView, { prefix, extensions }: WorkflowFile): string {
  const below = prefix === null || prefix === '/' ? 'every upload' : `uploads whose key begins with ${prefix}`
  const kinds = extensions === null || extensions.state === 'Off' ? '' : `, if ${kindsOf(extensions)}`
  return `${below}${kinds}${state === 'Active' ? '' : ' (once it is active)'}`
}

function kindsOf(filter: ExtFilter): string {
  const { image, video, audio, contentType, custom, customExts, allFile } = filter
  if (allFile) return 'they are files of any kind'
  const kinds = [
    ...(image ? ['images'] : []),
    ...(video ? ['videos'] : []),
    ...(audio ? ['audio'] : []),
    ...(contentType ? ['pictures by their content type'] : []),
    ...(custom ? customExts.map((extension) => `.${extension.replace(/^\./, '')}`) : []),
  ]
  return `they are ${kinds.join(', ')}`
}

function tells({ notify }: WorkflowFile): string {
  if (notify === null) return 'whom the queue says'
  if (notify.state === 'Off' || notify.url === null) return 'nobody'
  return `${maskUrl(notify.url)} of ${notify.events.join(', ')}, in ${notify.resultFormat ?? 'XML'}`
}

function treeText({ nodes }: WorkflowFile): string {
  const treeOf = (node: FileNode): Tree<FileNode> => ({
    value: node,
    below: nodes.filter(({ after }) => after === node.name).map(treeOf),
  })
  const root: Tree<FileNode | null> = { value: null, below: nodes.filter(({ after }) => after === START).map(treeOf) }
  const rows = branches(root).map(({ lead, value }) => ({
    label: lead + printable(value?.name ?? START),
    work:
      value === null
        ? ''
        : printable(value.template === null ? value.inline!.processRule : `template ${value.template}`),
    output: value === null ? '' : printable(outputOf(value)),
  }))
  const [labels, works] = [rows.map(({ label }) => width(label)), rows.map(({ work }) => width(work))].map((all) =>
    Math.max(...all),
  ) as [number, number]
  return rows
    .map(({ label, work, output }) =>
      output === '' ? `${label}\n` : `${padEnd(label, labels)}  ${padEnd(work, works)}  → ${output}\n`,
    )
    .join('')
}

function outputOf({ output }: FileNode): string {
  return output.place === null ? output.key : `${output.place.bucket} (${output.place.region}): ${output.key}`
}
