import type { PicProcessNode, StartNode, WorkflowDependency, WorkflowRequest } from '../workflow-documents.ts'
import { nodeBefore, START } from './node-before.ts'
import { END, type FileNode, type WorkflowFile } from './workflow-file.ts'

/** What is meant where no bucket and no region are said. */
export interface WorkflowPlace {
  readonly bucket: string
  readonly region: string
}

/** The ids behind what a file calls by name. */
export interface Ids {
  template(nameOrId: string): string
  queue(nameOrId: string): string
}

/** A workflow file as the protocol says it. */
export function requestOf(file: WorkflowFile, place: WorkflowPlace, ids: Ids): Omit<WorkflowRequest, 'state'> {
  const start: StartNode = {
    name: START,
    type: 'Start',
    objectPrefix: file.prefix,
    queueId: file.otherQueues.media,
    picProcessQueueId: file.queue === null ? null : ids.queue(file.queue),
    speechRecognitionQueueId: file.otherQueues.speechRecognition,
    aiProcessQueueId: file.otherQueues.aiProcess,
    notify: file.notify,
    extFilter: file.extensions,
  }
  const nodes = file.nodes.map(
    ({ name, template, inline, output, userData }): PicProcessNode => ({
      name,
      type: 'PicProcess',
      templateId: template === null ? null : ids.template(template),
      inline,
      output: { ...(output.place ?? place), object: output.key },
      userData,
    }),
  )
  return { name: file.name, topology: { dependencies: dependenciesOf(file.nodes), nodes: [start, ...nodes] } }
}

/** One entry for the start and for each node: those that wait for it, else `End`. */
function dependenciesOf(nodes: readonly FileNode[]): readonly WorkflowDependency[] {
  return [START, ...nodes.map(({ name }) => name)].map((from) => {
    const to = nodes.filter(({ after }) => after === from).map(({ name }) => name)
    return { from, to: to.length === 0 ? [END] : to }
  })
}

/** A workflow of the protocol as a file says it. Ids stay ids. */
export function fileOf({ name, state, topology }: WorkflowRequest, place: WorkflowPlace): WorkflowFile {
  const start = topology.nodes.find((node): node is StartNode => node.type === 'Start')
  const pictures = topology.nodes.filter((node): node is PicProcessNode => node.type === 'PicProcess')
  return {
    name,
    state,
    prefix: start?.objectPrefix ?? null,
    extensions: start?.extFilter ?? null,
    queue: start?.picProcessQueueId ?? null,
    otherQueues: {
      media: start?.queueId ?? null,
      speechRecognition: start?.speechRecognitionQueueId ?? null,
      aiProcess: start?.aiProcessQueueId ?? null,
    },
    notify: start?.notify ?? null,
    nodes: pictures.map((node) => ({
      name: node.name,
      template: node.templateId,
      inline: node.inline,
      after: nodeBefore(topology, node.name),
      output: {
        key: node.output.object,
        place:
          node.output.bucket === place.bucket && node.output.region === place.region
            ? null
            : { bucket: node.output.bucket, region: node.output.region },
      },
      userData: node.userData,
    })),
  }
}
