import { notifyPaths, refuseOtherTypesThanUrl } from './callback-type.ts'
import {
  booleanField,
  caselessChoiceField,
  choiceField,
  field,
  invalid,
  rawTextField,
  required,
  textField,
} from './fields.ts'
import { readEvents } from './queue-documents.ts'
import { readBody } from './request-body.ts'
import { said } from './said.ts'
import { readOutputPlace, readUserData, readWork } from './submit-request.ts'
import type {
  ExtFilter,
  PicProcessNode,
  StartNode,
  WorkflowDependency,
  WorkflowNode,
  WorkflowNotify,
  WorkflowRequest,
  WorkflowTopology,
} from './workflow-documents.ts'
import type { XmlElement } from './xml/element.ts'

/**
 * How many nodes a workflow may have: one upload must not start more jobs than somebody can have meant. Asked before
 * anything is read of them, since reading ten thousand would hold everybody else up for seconds.
 */
export const MAX_WORKFLOW_NODES = 100

/** How many extensions a filter may name. */
const MAX_CUSTOM_EXTS = 10

/** Letters of any script, digits, `_`, `-`. */
const WORKFLOW_NAME = /^[\p{L}\p{N}_-]{1,128}$/u

/**
 * A node's name was the name of an element when it was read, but may not be one any more: the reader drops prefixes, and
 * what is left of `a:1` cannot be written as an element again. All else that a name may hold was asked by the reader.
 */
const NODE_NAME = /^[\p{L}_].{0,127}$/su

const TOPOLOGY = 'MediaWorkflow/Topology'

/**
 * Reads the body of create and replace. Only the shape is asked about here; whether the nodes make a graph that can be
 * run is a question about the topology as a whole.
 *
 * @throws Failure `MissingContent`, `InvalidContent`, or `InvalidArgument` that names field, value and expectation.
 */
export function readWorkflowRequest(body: Uint8Array | string): WorkflowRequest {
  const root = readBody(body, 'Request')
  required(field(root, 'MediaWorkflow'), 'MediaWorkflow')
  return {
    name: checkWorkflowName(
      required(textField(root, 'MediaWorkflow/Name'), 'MediaWorkflow/Name'),
      'MediaWorkflow/Name',
    ),
    state: choiceField(root, 'MediaWorkflow/State', ['Active', 'Paused']) ?? 'Paused',
    topology: readTopology(root, TOPOLOGY),
  }
}

/** The names of workflows and of batch jobs. @returns the name. @throws Failure `InvalidArgument`. */
export function checkWorkflowName(name: string, path: string): string {
  if (WORKFLOW_NAME.test(name)) return name
  throw invalid(path, `is ${said(name)}, expected 1 to 128 letters, digits, "_" or "-".`)
}

/** @param path where it stands below the root: in requests and in answers it is the same. */
export function readTopology(root: XmlElement, path: string): WorkflowTopology {
  return { dependencies: readDependencies(root, `${path}/Dependencies`), nodes: readNodes(root, `${path}/Nodes`) }
}

function readDependencies(root: XmlElement, path: string): readonly WorkflowDependency[] {
  return namedChildren(root, path).map(({ name }) => {
    const words = (textField(root, `${path}/${name}`) ?? '').split(',').map((word) => word.trim())
    const to = words.filter((word) => word !== '')
    if (to.length === 0)
      throw invalid(`${path}/${name}`, 'is empty, expected the names of the nodes that follow, or End.')
    if (to.length > MAX_WORKFLOW_NODES) {
      throw invalid(`${path}/${name}`, `names ${to.length} nodes, expected at most ${MAX_WORKFLOW_NODES}.`)
    }
    const twice = to.find((word, index) => to.indexOf(word) !== index)
    if (twice !== undefined) throw invalid(`${path}/${name}`, `names ${said(twice)} more than once.`)
    return { from: name, to }
  })
}

function readNodes(root: XmlElement, path: string): readonly WorkflowNode[] {
  return namedChildren(root, path).map(({ name }) => {
    const type = required(textField(root, `${path}/${name}/Type`), `${path}/${name}/Type`)
    if (type === 'Start') return readStart(root, path, name)
    if (type === 'PicProcess') return readPicProcessNode(root, path, name)
    throw invalid(
      `${path}/${name}/Type`,
      `is ${said(type)}, expected Start or PicProcess, the only kinds of node this server knows.`,
    )
  })
}

/** The children of a node of the topology: at least one, none twice, each with a name that can be written again. */
function namedChildren(root: XmlElement, path: string): readonly XmlElement[] {
  const { children } = required(field(root, path), path)
  if (children.length === 0) throw invalid(path, 'holds text, expected an element for each node.')
  if (children.length > MAX_WORKFLOW_NODES) {
    throw invalid(path, `has ${children.length} nodes, expected at most ${MAX_WORKFLOW_NODES}.`)
  }
  const seen = new Set<string>()
  for (const { name } of children) {
    if (!NODE_NAME.test(name)) {
      throw invalid(path, `has a node called ${said(name)}, expected the name of an element, 1 to 128 characters.`)
    }
    if (seen.has(name)) throw invalid(`${path}/${name}`, 'stands more than once; every node needs a name of its own.')
    seen.add(name)
  }
  return children
}

function readStart(root: XmlElement, nodes: string, name: string): StartNode {
  const input = `${nodes}/${name}/Input`
  return {
    name,
    type: 'Start',
    objectPrefix: rawTextField(root, `${input}/ObjectPrefix`),
    queueId: textField(root, `${input}/QueueId`),
    picProcessQueueId: textField(root, `${input}/PicProcessQueueId`),
    speechRecognitionQueueId: textField(root, `${input}/SpeechRecognitionQueueId`),
    aiProcessQueueId: textField(root, `${input}/AIProcessQueueId`),
    notify: readNotify(root, `${input}/NotifyConfig`),
    extFilter: readExtFilter(root, `${input}/ExtFilter`),
  }
}

function readPicProcessNode(root: XmlElement, nodes: string, name: string): PicProcessNode {
  const operation = `${nodes}/${name}/Operation`
  required(field(root, operation), operation)
  const work = readWork(root, operation)
  return {
    name,
    type: 'PicProcess',
    templateId: work.kind === 'template' ? work.templateId : null,
    inline: work.kind === 'inline' ? work.picProcess : null,
    output: readOutputPlace(root, `${operation}/Output`),
    userData: readUserData(root, `${operation}/UserData`),
  }
}

/** One in which nothing is given counts as none: some programs write every element and fill those they need. */
function readNotify(root: XmlElement, path: string): WorkflowNotify | null {
  const notify: WorkflowNotify = {
    state: caselessChoiceField(root, `${path}/State`, ['On', 'Off']),
    events: readEvents(root, `${path}/Event`),
    resultFormat: caselessChoiceField(root, `${path}/ResultFormat`, ['XML', 'JSON']),
    url: textField(root, `${path}/Url`),
    type: refuseOtherTypesThanUrl(root, notifyPaths(path)),
  }
  const { state, events, resultFormat, url, type } = notify
  if (state === null && events.length === 0 && resultFormat === null && url === null && type === null) return null
  if (state !== 'Off') {
    if (url === null) throw invalid(`${path}/Url`, 'is missing; unless State is Off expected an address.')
    if (events.length === 0)
      throw invalid(`${path}/Event`, 'is missing; unless State is Off expected at least one event.')
  }
  return notify
}

const KINDS_OF_FILE = ['Image', 'Video', 'Audio', 'ContentType', 'Custom', 'AllFile'] as const

function readExtFilter(root: XmlElement, path: string): ExtFilter | null {
  const state = caselessChoiceField(root, `${path}/State`, ['On', 'Off'])
  const flags = KINDS_OF_FILE.map((kind) => booleanField(root, `${path}/${kind}`))
  const text = textField(root, `${path}/CustomExts`)
  if (state === null && text === null && flags.every((flag) => flag === null)) return null

  const [image, video, audio, contentType, custom, allFile] = flags.map((flag) => flag ?? false) as [
    boolean,
    boolean,
    boolean,
    boolean,
    boolean,
    boolean,
  ]
  const customExts = (text ?? '').split('/').filter((ext) => ext !== '')
  checkCustomExts(customExts, custom, `${path}/CustomExts`)
  return { state: state ?? 'Off', image, video, audio, contentType, custom, customExts, allFile }
}

function checkCustomExts(exts: readonly string[], needed: boolean, path: string): void {
  if (needed && exts.length === 0) throw invalid(path, 'is missing; with Custom true expected, for instance, jpg/png.')
  if (exts.length > MAX_CUSTOM_EXTS) {
    throw invalid(path, `names ${exts.length} extensions, expected at most ${MAX_CUSTOM_EXTS}.`)
  }
  const odd = exts.find((ext) => !/^\.?[\p{L}\p{N}_-]{1,32}$/u.test(ext))
  if (odd !== undefined) throw invalid(path, `names ${said(odd)}, expected extensions joined by "/", such as jpg/png.`)
}
