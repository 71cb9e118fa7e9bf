import { readXml, type XmlElement } from '../../src/wire/index.ts'
import { find, textAt } from '../support/house.ts'
import type { Receipt } from './evidence.ts'

export type Story = Pick<Receipt, 'event' | 'subject' | 'state' | 'code' | 'tasks' | 'uploadedBy'>

/** What a callback tells, in either format. */
export function storyOf(body: string): Story {
  return body.startsWith('{') ? storyInJson(body) : storyInXml(body)
}

interface Header {
  readonly Key: string
  readonly Value: string
}

interface EventInJson {
  readonly EventName: string
  readonly JobsDetail?: readonly {
    readonly JobId: string
    readonly State: string
    readonly Code: string
    readonly Input: { readonly CosHeaders?: readonly Header[] }
  }[]
  readonly WorkflowExecution?: {
    readonly RunId: string
    readonly State: string
    readonly CosHeaders?: readonly Header[]
    readonly Tasks?: readonly { readonly Name: string; readonly JobId: string; readonly State: string }[]
  }
}

function storyInJson(body: string): Story {
  const { EventName: event, JobsDetail: jobs, WorkflowExecution: run } = JSON.parse(body) as EventInJson
  if (run !== undefined) {
    const tasks = (run.Tasks ?? []).map(({ Name, JobId, State }) => ({ node: Name, jobId: JobId, state: State }))
    return { event, subject: run.RunId, state: run.State, code: '', tasks, uploadedBy: requestIdIn(run.CosHeaders) }
  }
  const { JobId: subject, State: state, Code: code, Input: input } = jobs![0]!
  return { event, subject, state, code, tasks: [], uploadedBy: requestIdIn(input.CosHeaders) }
}

function storyInXml(body: string): Story {
  const document = readXml(Buffer.from(body))
  const event = textAt(document, 'EventName')
  const run = find(document, 'WorkflowExecution')
  if (run !== undefined) {
    const tasks = all(run, 'Tasks').map((task) => ({
      node: textAt(task, 'Name'),
      jobId: textAt(task, 'JobId'),
      state: textAt(task, 'State'),
    }))
    const uploadedBy = requestIdIn(headersIn(run))
    return { event, subject: textAt(run, 'RunId'), state: textAt(run, 'State'), code: '', tasks, uploadedBy }
  }
  const job = find(document, 'JobsDetail')!
  return {
    event,
    subject: textAt(job, 'JobId'),
    state: textAt(job, 'State'),
    code: textAt(job, 'Code'),
    tasks: [],
    uploadedBy: requestIdIn(headersIn(find(job, 'Input')!)),
  }
}

function headersIn(element: XmlElement): Header[] {
  return all(element, 'CosHeaders').map((header) => ({ Key: textAt(header, 'Key'), Value: textAt(header, 'Value') }))
}

function requestIdIn(headers: readonly Header[] = []): string | null {
  return headers.find(({ Key }) => Key === 'x-cos-request-id')?.Value ?? null
}

function all(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name)
}
