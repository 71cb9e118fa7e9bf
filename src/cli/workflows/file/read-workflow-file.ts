import {
  type ExtFilter,
  MAX_USER_DATA_CHARACTERS,
  NOTIFY_EVENTS,
  type PicProcess,
  said,
  type WorkflowNotify,
} from '../../../wire/index.ts'
import { START } from '../../node-before.ts'
import { closest } from './closest.ts'
import { WorkflowFileFailure } from './complaint.ts'
import { fieldNamed } from './field-named.ts'
import { FileReader, type Spot } from './file-reader.ts'
import {
  END,
  type FileNode,
  type FileOutput,
  NO_OTHER_QUEUES,
  type OtherQueues,
  type WorkflowFile,
} from './workflow-file.ts'

/** As large as the server takes; nobody writes a workflow of a megabyte. */
export const MAX_FILE_BYTES = 1024 * 1024

/** A workflow file that is right in itself, and where its parts stand. */
export interface ReadFile {
  readonly workflow: WorkflowFile
  /** What the file is called in messages. */
  readonly name: string
  /** The failure for what only the server, or the workflow as a whole, could tell: at the place of the field. */
  complain(field: string, message: string): WorkflowFileFailure
  /** The same for a message that names its field as the protocol does. */
  complainInItsWords(message: string): WorkflowFileFailure
}

/** What a part of a file is checked with that is not of the file's own making. They throw what is wrong. */
export interface FileChecks {
  checkRule(rule: string): unknown
  checkKey(key: string): void
}

/**
 * Reads a workflow file, YAML or JSON.
 *
 * @param name what the file is called, for messages
 * @throws WorkflowFileFailure with everything that is wrong, each with file, line and field
 */
export function readWorkflowFile(text: string, name: string, checks: FileChecks): ReadFile {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    throw new WorkflowFileFailure(name, [
      {
        line: 1,
        column: 1,
        field: '',
        message: `the file has more than ${MAX_FILE_BYTES} bytes, expected a workflow.`,
      },
    ])
  }
  const reader = new FileReader(text)
  // What is told of a file that cannot be parsed is enough: the rest would only be its echo.
  if (reader.complaints.length > 0) throw new WorkflowFileFailure(name, reader.complaints)
  const spots = new Map<string, Spot>()
  const workflow = new WorkflowReading(reader, checks, spots).workflow()
  if (workflow === null || reader.complaints.length > 0) throw new WorkflowFileFailure(name, reader.complaints)
  const complain = (field: string, message: string): WorkflowFileFailure => {
    reader.complain(spots.get(field) ?? reader.root, message)
    return new WorkflowFileFailure(name, reader.complaints)
  }
  return {
    workflow,
    name,
    complain,
    complainInItsWords: (message) => complain(fieldNamed(message, workflow.nodes), message),
  }
}

/** Letters of any script, digits, `_`, `-`. */
const WORKFLOW_NAME = /^[\p{L}\p{N}_-]{1,128}$/u
/** A node's name is the name of an XML element on the wire. */
const NAME_START =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}'
const NODE_NAME = new RegExp(
  `^(?=[\\p{L}_])[${NAME_START}][${NAME_START}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040]{0,127}$`,
  'u',
)
const EXTENSION = /^\.?[\p{L}\p{N}_-]{1,32}$/u
const MAX_EXTENSIONS = 10

class WorkflowReading {
  readonly #reader: FileReader
  readonly #checks: FileChecks
  readonly #spots: Map<string, Spot>

  constructor(reader: FileReader, checks: FileChecks, spots: Map<string, Spot>) {
    this.#reader = reader
    this.#checks = checks
    this.#spots = spots
  }

  workflow(): WorkflowFile | null {
    const reader = this.#reader
    const fields = reader.fields(reader.root, 'workflow')
    if (fields === null) {
      if (reader.complaints.length === 0) reader.complain(reader.root, 'the file is empty, expected a workflow.')
      return null
    }
    for (const spot of Object.values(fields)) this.#spots.set(spot.field, spot)
    const name = reader.text(fields.name)
    if (name !== null && !WORKFLOW_NAME.test(name)) {
      reader.complain(fields.name, `name is ${said(name)}, expected 1 to 128 letters, digits, "-" or "_".`)
    }
    return {
      name: name ?? '',
      state: reader.choice(fields.state, ['Active', 'Paused']),
      prefix: reader.text(fields.prefix),
      extensions: this.#extensions(fields.extensions),
      queue: reader.text(fields.queue),
      otherQueues: this.#otherQueues(fields.otherQueues),
      notify: this.#notify(fields.notify),
      nodes: this.#nodes(fields.nodes),
    }
  }

  #extensions(spot: Spot): ExtFilter | null {
    const reader = this.#reader
    if (spot.node === null) return null
    if (reader.isText(spot)) {
      if (reader.choice(spot, ['images']) === null) return null
      return { ...NO_FILTER, image: true }
    }
    if (reader.isList(spot)) return { ...NO_FILTER, custom: true, customExts: this.#customExtensions(spot) }
    const fields = reader.fields(spot, 'extensions')
    if (fields === null) return null
    const custom = reader.flag(fields.custom)
    return {
      state: reader.choice(fields.state, ['On', 'Off']) ?? 'On',
      image: reader.flag(fields.image),
      video: reader.flag(fields.video),
      audio: reader.flag(fields.audio),
      contentType: reader.flag(fields.contentType),
      custom,
      customExts: custom || fields.customExts.node !== null ? this.#customExtensions(fields.customExts) : [],
      allFile: reader.flag(fields.allFile),
    }
  }

  #customExtensions(spot: Spot): readonly string[] {
    const reader = this.#reader
    const items = reader.items(spot, 'extensions such as jpg')
    if (items.length === 0 || items.length > MAX_EXTENSIONS) {
      reader.complain(spot, `${spot.field} has ${items.length} extensions, expected 1 to ${MAX_EXTENSIONS}.`)
    }
    return items.flatMap((item) => {
      const extension = reader.text(item, 'an extension such as jpg')
      if (extension === null) return []
      if (EXTENSION.test(extension)) return [extension]
      reader.complain(item, `${item.field} is ${said(extension)}, expected an extension such as jpg.`)
      return []
    })
  }

  #otherQueues(spot: Spot): OtherQueues {
    const fields = this.#reader.fields(spot, 'otherQueues')
    if (fields === null) return NO_OTHER_QUEUES
    return {
      media: this.#reader.text(fields.media),
      speechRecognition: this.#reader.text(fields.speechRecognition),
      aiProcess: this.#reader.text(fields.aiProcess),
    }
  }

  #notify(spot: Spot): WorkflowNotify | null {
    const reader = this.#reader
    const fields = reader.fields(spot, 'notify')
    if (fields === null) return null
    for (const one of Object.values(fields)) this.#spots.set(one.field, one)
    const state = reader.choice(fields.state, ['On', 'Off'])
    const url = reader.text(fields.url, 'an http or https address')
    const events = reader
      .items(fields.events, NOTIFY_EVENTS.join(', '))
      .flatMap((item) => reader.choice(item, NOTIFY_EVENTS) ?? [])
    if (url !== null && !isWebAddress(url)) {
      reader.complain(fields.url, `${fields.url.field} is ${said(url)}, expected an http or https address.`)
    }
    if (state !== 'Off') {
      if (fields.url.node === null) reader.complain(fields.url, `${fields.url.field} is missing, expected an address.`)
      if (fields.events.node === null || (reader.isList(fields.events) && events.length === 0)) {
        reader.complain(fields.events, `${fields.events.field} is missing, expected at least one event.`)
      }
    }
    return {
      state,
      events: [...new Set(events)],
      resultFormat: reader.choice(fields.format, ['XML', 'JSON']),
      url,
      type: reader.choice(fields.type, ['Url']),
    }
  }

  #nodes(spot: Spot): readonly FileNode[] {
    const told = this.#reader.complaints.length
    const entries = this.#reader.entries(spot)
    if (entries === null) return []
    if (entries.size === 0 && this.#reader.complaints.length === told)
      this.#reader.complain(spot, 'nodes is empty, expected at least one node.')
    const nodes = [...entries].map(([name, entry]) => this.#node(name, entry))
    const names = [START, ...nodes.map(({ name }) => name)]
    const known = new Set(names)
    for (const { name, after } of nodes) {
      if (known.has(after)) continue
      const near = closest(after, names)
      const hint = `expected the name of a node${near === null ? '' : `, perhaps ${near}`}`
      this.#reader.complain(this.#spots.get(`nodes.${name}.after`)!, `nodes.${name}.after is ${said(after)}, ${hint}.`)
    }
    return nodes
  }

  #node(name: string, spot: Spot): FileNode {
    const reader = this.#reader
    this.#spots.set(spot.field, { ...spot, node: null })
    if (name === START || name === END) {
      reader.complain({ ...spot, node: null }, `${spot.field} has a name that has its own meaning, expected another.`)
    } else if (!NODE_NAME.test(name)) {
      reader.complain(
        { ...spot, node: null },
        `${spot.field}: a node is called ${said(name)}, expected a letter or "_", and then letters, digits, "_", "-" or ".".`,
      )
    }
    const fields = reader.fields(spot, 'node')
    if (fields === null) {
      if (spot.node === null) reader.complain(spot, `${spot.field} is empty, expected template or rule, and output.`)
      return { name, template: null, inline: null, after: START, output: NO_OUTPUT, userData: null }
    }
    for (const one of Object.values(fields)) this.#spots.set(one.field, one)
    const template = reader.text(fields.template)
    const inline = this.#inline(fields)
    if (fields.template.node === null && fields.rule.node === null) {
      reader.complain({ ...spot, node: null }, `${spot.field} has neither template nor rule, expected one of them.`)
    } else if (fields.template.node !== null && fields.rule.node !== null) {
      reader.complain(fields.rule, `${spot.field} has both template and rule, expected one of them.`)
    }
    return {
      name,
      template,
      inline,
      after: reader.text(fields.after, 'the name of a node') ?? START,
      output: this.#output(fields.output),
      userData: this.#userData(fields.userData),
    }
  }

  #inline({ rule, picInfo }: { readonly rule: Spot; readonly picInfo: Spot }): PicProcess | null {
    const processRule = this.#reader.text(rule, 'a rule such as imageMogr2/thumbnail/640x')
    const isPicInfo = this.#reader.flag(picInfo)
    if (rule.node === null && picInfo.node !== null) {
      this.#reader.complain(picInfo, `${picInfo.field} goes with rule; a template says for itself what it reports.`)
    }
    if (processRule === null) return null
    this.#checked(rule, () => this.#checks.checkRule(processRule))
    return { isPicInfo, processRule }
  }

  #output(spot: Spot): FileOutput {
    const reader = this.#reader
    if (spot.node === null || reader.isText(spot)) return { key: this.#key(spot), place: null }
    const fields = reader.fields(spot, 'output')
    if (fields === null) return NO_OUTPUT
    for (const one of Object.values(fields)) this.#spots.set(one.field, one)
    const [bucket, region] = [reader.text(fields.bucket), reader.text(fields.region)]
    if ((fields.bucket.node === null) !== (fields.region.node === null)) {
      const [given, missing] = fields.bucket.node === null ? ['region', 'bucket'] : ['bucket', 'region']
      reader.complain(spot, `${spot.field} has ${given} without ${missing}, expected both or none.`)
    }
    const place = bucket === null || region === null ? null : { bucket, region }
    return { key: this.#key(fields.key), place }
  }

  #key(spot: Spot): string {
    const key = this.#reader.text(spot, 'a key')
    if (key !== null) this.#checked(spot, () => this.#checks.checkKey(key))
    return key ?? ''
  }

  #userData(spot: Spot): string | null {
    const text = this.#reader.text(spot)
    const count = text === null ? 0 : [...text].length
    if (count > MAX_USER_DATA_CHARACTERS) {
      this.#reader.complain(
        spot,
        `${spot.field} has ${count} characters, expected at most ${MAX_USER_DATA_CHARACTERS}.`,
      )
    }
    return text
  }

  #checked(spot: Spot, check: () => unknown): void {
    try {
      check()
    } catch (error) {
      this.#reader.complain(spot, `${spot.field}: ${(error as Error).message}`)
    }
  }
}

export const NO_FILTER: ExtFilter = Object.freeze({
  state: 'On',
  image: false,
  video: false,
  audio: false,
  contentType: false,
  custom: false,
  customExts: [],
  allFile: false,
})

const NO_OUTPUT: FileOutput = Object.freeze({ key: '', place: null })

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}
