import { Failure } from '../../base/index.ts'
import {
  END,
  type ExtFilter,
  type FileNode,
  fieldNamed,
  inWordsOfFile,
  isNodeName,
  NO_KINDS,
  NO_OTHER_QUEUES,
  type OtherQueues,
  requestOf,
  START,
  said,
  type WorkflowFile,
  type WorkflowNotify,
  type WorkflowPlace,
  type WorkflowRequest,
  type WorkflowState,
} from '../../wire/index.ts'

type Region = (bucket: string) => Promise<string>

/** A workflow as a plain document says it: what a workflow file holds. */
export interface WorkflowBody {
  readonly name: string
  readonly state?: WorkflowState
  readonly prefix?: string
  readonly extensions?: 'images' | readonly string[] | Partial<ExtFilter>
  readonly queue?: string
  readonly otherQueues?: Partial<OtherQueues>
  readonly notify?: {
    readonly url?: string
    readonly events?: WorkflowNotify['events']
    readonly format?: 'XML' | 'JSON'
    readonly state?: 'On' | 'Off'
    readonly type?: 'Url'
  }
  readonly nodes: Readonly<Record<string, NodeBody>>
}

interface NodeBody {
  readonly rule?: string
  readonly template?: string
  readonly picInfo?: boolean
  readonly after?: string
  readonly output: string | { readonly key: string; readonly bucket?: string; readonly region?: string }
  readonly userData?: string
}

/**
 * Does something with a workflow as the protocol says it.
 *
 * @param regionOf asked for the region of another bucket, when none was given
 * @throws Failure of `work`, too, with the field as the body calls it
 */
export async function withWorkflowOf<Value>(
  body: WorkflowBody,
  place: WorkflowPlace,
  regionOf: Region,
  work: (request: WorkflowRequest) => Promise<Value>,
): Promise<Value> {
  const file = await fileOfBody(body, place, regionOf)
  const asTheyAre = (id: string): string => id
  const request = requestOf(file, place, { template: asTheyAre, queue: asTheyAre })
  try {
    return await work({ ...request, state: file.state ?? 'Paused' })
  } catch (error) {
    throw inWordsOfBody(error, file.nodes)
  }
}

async function fileOfBody(body: WorkflowBody, place: WorkflowPlace, regionOf: Region): Promise<WorkflowFile> {
  const names = Object.keys(body.nodes)
  if (names.length === 0) throw refused('nodes', 'nodes is empty, expected at least one node.')
  const nodes: FileNode[] = []
  for (const [name, node] of Object.entries(body.nodes)) {
    checkNode(name, node, names)
    nodes.push(await nodeOf(name, node, place, regionOf))
  }
  return {
    name: body.name,
    state: body.state ?? null,
    prefix: body.prefix ?? null,
    extensions: extensionsOf(body),
    queue: body.queue ?? null,
    otherQueues: { ...NO_OTHER_QUEUES, ...body.otherQueues },
    notify: notifyOf(body),
    nodes,
  }
}

function checkNode(name: string, { rule, template, picInfo, after }: NodeBody, names: readonly string[]): void {
  if (name === START || name === END) {
    throw refused('nodes', `nodes has one called ${name}, which has its own meaning, expected another name.`)
  }
  if (!isNodeName(name)) {
    const expectation = 'expected a letter or "_", and then letters, digits, "_", "-" or "."'
    throw refused('nodes', `nodes has one called ${said(name)}, ${expectation}.`)
  }
  const field = `nodes.${name}`
  if ((rule === undefined) === (template === undefined)) {
    const given = rule === undefined ? 'neither template nor rule' : 'both template and rule'
    throw refused(field, `${field} has ${given}, expected one of them.`)
  }
  if (picInfo !== undefined && rule === undefined) {
    throw refused(`${field}.picInfo`, `${field}.picInfo goes with rule; a template says for itself what it reports.`)
  }
  if (after !== undefined && after !== START && !names.includes(after)) {
    throw refused(`${field}.after`, `${field}.after is ${said(after)}, expected the name of a node.`)
  }
}

async function nodeOf(name: string, node: NodeBody, place: WorkflowPlace, regionOf: Region): Promise<FileNode> {
  const { rule, template = null, picInfo = false, after = START, userData = null } = node
  const output = typeof node.output === 'string' ? { key: node.output } : node.output
  const bucket = output.bucket ?? place.bucket
  const region = output.region ?? (bucket === place.bucket ? place.region : await regionOf(bucket))
  return {
    name,
    template,
    inline: rule === undefined ? null : { isPicInfo: picInfo, processRule: rule },
    after,
    output: { key: output.key, place: { bucket, region } },
    userData,
  }
}

function extensionsOf({ extensions }: WorkflowBody): ExtFilter | null {
  if (extensions === undefined) return null
  if (extensions === 'images') return { ...NO_KINDS, image: true }
  if (isList(extensions)) return { ...NO_KINDS, custom: true, customExts: extensions }
  const filter = { ...NO_KINDS, ...extensions }
  if (filter.custom && filter.customExts.length === 0) {
    throw refused('extensions.customExts', 'extensions.customExts is missing, expected extensions such as jpg.')
  }
  return filter
}

function isList(extensions: readonly string[] | Partial<ExtFilter>): extensions is readonly string[] {
  return Array.isArray(extensions)
}

function notifyOf({ notify }: WorkflowBody): WorkflowNotify | null {
  if (notify === undefined) return null
  const { url = null, events = [], format = null, state = null, type = null } = notify
  if (state !== 'Off') {
    if (url === null) throw refused('notify.url', 'notify.url is missing, expected an address.')
    if (events.length === 0) {
      throw refused('notify.events', 'notify.events is missing, expected at least one event.')
    }
  }
  return { state, events: [...new Set(events)], resultFormat: format, url, type }
}

/** The rooms speak of a workflow as the protocol writes it. */
function inWordsOfBody(error: unknown, nodes: readonly FileNode[]): unknown {
  if (!(error instanceof Failure) || !error.message.includes('MediaWorkflow')) return error
  const { code, message, cause, details } = error
  const field = fieldNamed(message, nodes)
  if (field === '') return error
  return new Failure(code, inWordsOfFile(message, nodes), { cause, details: { ...details, field } })
}

function refused(field: string, message: string): Failure {
  return new Failure('InvalidArgument', message, { details: { field } })
}
