import { readXml, type XmlElement } from '../../wire/index.ts'
import { elementAt } from '../server-client/index.ts'

/**
 * What a callback says, as far as it is shown. A reader of its own and not the one of `@pixmill/receiver`: that package is
 * published by itself, and the server neither depends on it nor is built after it.
 */
export type ToldEvent = ToldJob | ToldRun

export interface ToldJob {
  readonly name: 'TaskFinish'
  readonly jobId: string
  readonly state: string
  readonly code: string
  readonly message: string
  /** The key that was processed. */
  readonly object: string
  /** The key that was written; `''` when nothing was. */
  readonly output: string
  /** `320 × 240 WEBP, 9120 bytes`; `''` when nothing was written. */
  readonly result: string
  /** The workflow's name and the node; `''` for a job of its own. */
  readonly workflow: string
}

export interface ToldRun {
  readonly name: 'WorkflowStart' | 'WorkflowFinish'
  readonly runId: string
  readonly state: string
  readonly object: string
  readonly workflow: string
  /** How many jobs it has told of. */
  readonly tasks: number
}

/** A document of either format, by paths of names (`Operation/Output/Object`). A list stands for its first entry. */
interface Told {
  text(path: string): string
  count(path: string): number
}

/**
 * The event in the body of a callback, whatever its format and edition.
 *
 * @throws Error that says in words why it is none
 */
export function readToldEvent(body: Buffer): ToldEvent {
  const told = /^\s*\{/.test(body.toString('latin1', 0, 100)) ? ofJson(body) : ofXml(body)
  const name = told.text('EventName')
  if (name === 'TaskFinish') return jobIn(told)
  if (name === 'WorkflowStart' || name === 'WorkflowFinish') return runIn(told, name)
  throw new Error(`its EventName is ${JSON.stringify(name)}, expected TaskFinish, WorkflowStart or WorkflowFinish`)
}

function jobIn(told: Told): ToldJob {
  const at = (path: string): string => told.text(`JobsDetail/${path}`)
  if (at('JobId') === '') throw new Error('it names no job')
  const made = 'Operation/PicProcessResult'
  const size = at(`${made}/ProcessResult/Size`)
  return {
    name: 'TaskFinish',
    jobId: at('JobId'),
    state: at('State'),
    code: at('Code'),
    message: at('Message'),
    object: at('Input/Object'),
    output: at(`${made}/ObjectName`).replace(/^\//, ''),
    result:
      size === ''
        ? ''
        : `${at(`${made}/ProcessResult/Width`)} × ${at(`${made}/ProcessResult/Height`)} ${at(`${made}/ProcessResult/Format`).toUpperCase()}, ${size} bytes`,
    workflow: [at('Workflow/WorkflowName'), at('Workflow/Name')].filter((part) => part !== '').join(', '),
  }
}

function runIn(told: Told, name: ToldRun['name']): ToldRun {
  const at = (path: string): string => told.text(`WorkflowExecution/${path}`)
  if (at('RunId') === '') throw new Error('it names no run')
  return {
    name,
    runId: at('RunId'),
    state: at('State'),
    object: at('Object'),
    workflow: at('WorkflowName'),
    tasks: told.count('WorkflowExecution/Tasks'),
  }
}

function ofXml(body: Buffer): Told {
  const root = readXml(body)
  return {
    text: (path) => elementAt(root, path)?.text ?? '',
    count: (path) => {
      const [last = '', ...before] = path.split('/').reverse()
      const parent: XmlElement | undefined = elementAt(root, before.reverse().join('/'))
      return parent?.children.filter(({ name }) => name === last).length ?? 0
    },
  }
}

function ofJson(body: Buffer): Told {
  let root: unknown
  try {
    root = JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new Error('it is no JSON', { cause })
  }
  const find = (path: string): unknown => {
    let here: unknown = root
    for (const name of path.split('/')) here = memberOf(Array.isArray(here) ? here[0] : here, name)
    return here
  }
  return {
    text: (path) => {
      const found = find(path)
      return typeof found === 'string' || typeof found === 'number' ? String(found) : ''
    },
    count: (path) => {
      const found = find(path)
      return Array.isArray(found) ? found.length : found === undefined ? 0 : 1
    },
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}
