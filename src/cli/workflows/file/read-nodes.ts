import {
  END,
  type FileNode,
  type FileOutput,
  isNodeName,
  MAX_USER_DATA_CHARACTERS,
  type PicProcess,
  START,
  said,
} from '../../../wire/index.ts'
import { closest } from './closest.ts'
import type { FileReader, Spot } from './file-reader.ts'

/** What a part of a file is checked with that is not of the file's own making. They throw what is wrong. */
export interface FileChecks {
  checkRule(rule: string): unknown
  checkKey(key: string): void
}

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
  } else if (!isNodeName(name)) {
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
