import { MAX_USER_DATA_CHARACTERS, type PicProcess, said } from '../../../wire/index.ts'
import { START } from '../../node-before.ts'
import { closest } from './closest.ts'
import type { FileReader, Spot } from './file-reader.ts'
import { END, type FileNode, type FileOutput } from './workflow-file.ts'

/** What a part of a file is checked with that is not of the file's own making. They throw what is wrong. */
export interface FileChecks {
  checkRule(rule: string): unknown
  checkKey(key: string): void
}

/** A node's name is the name of an XML element on the wire. */
const NAME_START =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}'
const NODE_NAME = new RegExp(
  `^(?=[\\p{L}_])[${NAME_START}][${NAME_START}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040]{0,127}$`,
  'u',
)

const NO_OUTPUT: FileOutput = Object.freeze({ key: '', place: null })

/** The nodes of a file, in its order. Whether they make a graph that can be run is a question about all of them. */
export function readNodes(reader: FileReader, spot: Spot, checks: FileChecks): readonly FileNode[] {
  const told = reader.complaints.length
  const entries = reader.entries(spot)
  if (entries === null) return []
  if (entries.size === 0 && reader.complaints.length === told)
    reader.complain(spot, 'nodes is empty, expected at least one node.')
  const nodes = [...entries].map(([name, entry]) => readNode(reader, name, entry, checks))
  const names = [START, ...nodes.map(({ name }) => name)]
  const known = new Set(names)
  for (const { name, after } of nodes) {
    if (known.has(after)) continue
    const near = closest(after, names)
    const hint = `expected the name of a node${near === null ? '' : `, perhaps ${near}`}`
    reader.complain(reader.spotOf(`nodes.${name}.after`), `nodes.${name}.after is ${said(after)}, ${hint}.`)
  }
  return nodes
}

function readNode(reader: FileReader, name: string, spot: Spot, checks: FileChecks): FileNode {
  const atName = { ...spot, node: null }
  if (name === START || name === END) {
    reader.complain(atName, `${spot.field} has a name that has its own meaning, expected another.`)
  } else if (!NODE_NAME.test(name)) {
    reader.complain(
      atName,
      `${spot.field}: a node is called ${said(name)}, expected a letter or "_", and then letters, digits, "_", "-" or ".".`,
    )
  }
  const fields = reader.fields(spot, 'node')
  if (fields === null) {
    if (spot.node === null) reader.complain(spot, `${spot.field} is empty, expected template or rule, and output.`)
    return { name, template: null, inline: null, after: START, output: NO_OUTPUT, userData: null }
  }
  const template = reader.text(fields.template)
  const inline = readInline(reader, fields, checks)
  if (fields.template.node === null && fields.rule.node === null) {
    reader.complain(atName, `${spot.field} has neither template nor rule, expected one of them.`)
  } else if (fields.template.node !== null && fields.rule.node !== null) {
    reader.complain(fields.rule, `${spot.field} has both template and rule, expected one of them.`)
  }
  return {
    name,
    template,
    inline,
    after: reader.text(fields.after, 'the name of a node') ?? START,
    output: readOutput(reader, fields.output, checks),
    userData: readUserData(reader, fields.userData),
  }
}

function readInline(
  reader: FileReader,
  { rule, picInfo }: { readonly rule: Spot; readonly picInfo: Spot },
  { checkRule }: FileChecks,
): PicProcess | null {
  const processRule = reader.text(rule, 'a rule such as imageMogr2/thumbnail/640x')
  const isPicInfo = reader.flag(picInfo)
  if (rule.node === null && picInfo.node !== null) {
    reader.complain(picInfo, `${picInfo.field} goes with rule; a template says for itself what it reports.`)
  }
  if (processRule === null) return null
  checked(reader, rule, () => checkRule(processRule))
  return { isPicInfo, processRule }
}

function readOutput(reader: FileReader, spot: Spot, checks: FileChecks): FileOutput {
  if (spot.node === null || reader.isText(spot)) return { key: readKey(reader, spot, checks), place: null }
  const fields = reader.fields(spot, 'output')
  if (fields === null) return NO_OUTPUT
  const [bucket, region] = [reader.text(fields.bucket), reader.text(fields.region)]
  if ((fields.bucket.node === null) !== (fields.region.node === null)) {
    const [given, missing] = fields.bucket.node === null ? ['region', 'bucket'] : ['bucket', 'region']
    reader.complain(spot, `${spot.field} has ${given} without ${missing}, expected both or none.`)
  }
  const place = bucket === null || region === null ? null : { bucket, region }
  return { key: readKey(reader, fields.key, checks), place }
}

function readKey(reader: FileReader, spot: Spot, { checkKey }: FileChecks): string {
  const key = reader.text(spot, 'a key')
  if (key !== null) checked(reader, spot, () => checkKey(key))
  return key ?? ''
}

function readUserData(reader: FileReader, spot: Spot): string | null {
  const text = reader.text(spot)
  const count = text === null ? 0 : [...text].length
  if (count > MAX_USER_DATA_CHARACTERS) {
    reader.complain(spot, `${spot.field} has ${count} characters, expected at most ${MAX_USER_DATA_CHARACTERS}.`)
  }
  return text
}

function checked(reader: FileReader, spot: Spot, check: () => unknown): void {
  try {
    check()
  } catch (error) {
    reader.complain(spot, `${spot.field}: ${(error as Error).message}`)
  }
}
