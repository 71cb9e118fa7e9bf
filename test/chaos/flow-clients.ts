import sharp from 'sharp'
import { textAt } from '../support/house.ts'
import { batchJobXml, batchXml, notifyXml, workflowXml } from '../support/workflow-xml.ts'
import type { Chance } from './chance.ts'
import { type Clients, type ClientsOptions, md5 } from './clients.ts'
import { runsIn } from './documents.ts'
import type { BatchTried, Flow, FlowNode, SourceKind } from './journal.ts'
import { readPages } from './pages.ts'
import type { ReceiverPath } from './receivers.ts'

/** A node with its rule, and how a job by it ends: a format may have less room than the picture is wide. */
interface PlannedNode extends FlowNode {
  readonly rule: string
}

const always = { picture: 'Success', wide: 'Success', broken: 'ResourceNotSupported' } as const

/** Behind the start side by side. */
const FAN: readonly PlannedNode[] = [
  { name: 'small', after: null, rule: 'imageMogr2/thumbnail/24x', ends: always },
  { name: 'turned', after: null, rule: 'imageMogr2/rotate/90', ends: always },
  {
    name: 'huge',
    after: null,
    rule: 'imageMogr2/thumbnail/!500p/format/webp',
    ends: { ...always, wide: 'InvalidArgument' },
  },
]
/** Two of them one behind the other. */
const CHAIN: readonly PlannedNode[] = [
  FAN[2]!,
  { name: 'behind', after: 'huge', rule: 'imageMogr2/thumbnail/!50p/format/png', ends: always },
  FAN[0]!,
]

const UPLOADS_BELOW = 'flow/'
const BATCHED_BELOW = 'bulk/'
/** A key that nobody ever writes. */
const MISSING = 'missing'
export interface FlowClientsOptions extends ClientsOptions {
  /** How many objects each batch is over. Default 6: one of them no picture, one too wide for one of the rules. */
  readonly batched?: number
  /** Where the events go: of uploads' runs, of other runs, of batches of jobs. Default: receivers with bad manners. */
  readonly callbacks?: readonly [ReceiverPath, ReceiverPath, ReceiverPath]
}

/** Runs that have ended in nobody's ears yet; with more than these the clients wait. */
const MOST_UNTOLD = 6

/**
 * Programs that let workflows and batches work for them while the server is killed: one uploads, starts runs by hand and
 * cancels jobs of runs; another starts batches and cancels some.
 */
export class FlowClients {
  readonly #options: Required<FlowClientsOptions>
  readonly #clients: Clients
  readonly #sources: Record<SourceKind, Buffer[]> = { picture: [], wide: [], broken: [] }
  /** Keys of uploads that were acknowledged. */
  readonly #uploaded: string[] = []
  readonly #batched: string[] = []
  #uploads = 0
  #batches = 0
  #stopping = false
  #running: Promise<unknown> = Promise.resolve()

  constructor(clients: Clients, options: FlowClientsOptions) {
    this.#clients = clients
    this.#options = { batched: 6, callbacks: ['/moody', '/failing', '/hanging-up'], ...options }
  }

  /** Draws the sources, makes two workflows, and uploads what batches are over. The server must be there to stay. */
  async prepare(): Promise<void> {
    const { chance, journal, batched, callbacks } = this.#options
    for (let n = 0; n < 12; n += 1) {
      const kind = n % 4 === 0 ? 'wide' : 'picture'
      const colour = [chance.between(0, 255), chance.between(0, 255), chance.between(0, 255)] as const
      const bytes = await drawn(kind, colour, chance)
      this.#sources[kind].push(bytes)
      journal.colours.set(md5(bytes), colour)
      journal.kinds.set(md5(bytes), kind)
    }
    await this.#makeFlow('fan', FAN, UPLOADS_BELOW, callbacks[0])
    await this.#makeFlow('chain', CHAIN, null, callbacks[1])
    for (let n = 0; n < batched; n += 1) {
      const key = `${BATCHED_BELOW}${n}`
      await this.#write(key, n === 1 ? 'broken' : n === 2 ? 'wide' : 'picture')
      this.#batched.push(key)
    }
  }

  start(): void {
    this.#running = Promise.all([this.#uploader(), this.#batcher()])
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#running
  }

  /** Writes an object below the prefix of the workflow that uploads start: a new one, now and then one that is there. */
  async upload(kind?: SourceKind): Promise<void> {
    const { chance } = this.#options
    const isAgain = kind === undefined && this.#uploaded.length > 0 && chance.isHit(0.2)
    this.#uploads += isAgain ? 0 : 1
    const key = isAgain ? chance.oneOf(this.#uploaded.slice(-4)) : `${UPLOADS_BELOW}${this.#uploads}`
    await this.#write(key, kind ?? (chance.isHit(0.12) ? 'broken' : chance.isHit(0.2) ? 'wide' : 'picture'))
  }

  /** Starts a run by hand; gives its id, or `null` when nobody knows whether there is one. */
  async trigger(object = this.#triggered()): Promise<string | null> {
    const { journal } = this.#options
    const { id: workflowId } = this.#chain
    const target = `/triggerworkflow?workflowId=${workflowId}&object=${encodeURIComponent(object)}`
    const answer = await this.#clients.ci({ method: 'POST', target })
    const runId = this.#clients.expect(answer, 'trigger', [200]) ? textAt(answer!.xml(), 'InstanceId') : null
    journal.triggers.push({ workflowId, object, runId })
    return runId
  }

  /** A batch of jobs, or of runs, over the objects that lie there. Gives its id, or `null` when nobody knows. */
  async startBatch(type: 'Job' | 'Workflow'): Promise<string | null> {
    const { journal, receivers, callbacks } = this.#options
    this.#batches += 1
    const name = `batch-${this.#batches}`
    const callback = type === 'Job' ? callbacks[2] : null
    const workflowId = type === 'Job' ? null : this.#chain.id
    const operation =
      callback === null
        ? `<WorkflowIds>${workflowId}</WorkflowIds>`
        : batchJobXml({
            output: 'batched/${InventoryTriggerJobId}/${InputName}',
            rest: `<UserData>${name}</UserData><CallBack>${receivers.urlOf(callback)}</CallBack>`,
          })
    const body = batchXml({ name, type, input: `<Prefix>${BATCHED_BELOW}</Prefix>`, operation })
    const answer = await this.#clients.ci({ method: 'POST', target: '/inventorytriggerjob', body })
    const isMade = this.#clients.expect(answer, 'batch', [200])
    const batchId = isMade ? textAt(answer!.xml(), 'JobsDetail/JobId') : null
    journal.batches.push({ name, workflowId, keys: this.#batched, callback, batchId })
    return batchId
  }

  /** Cancels a batch; when that was answered, writes down what it has made by then. */
  async cancelBatch(batchId: string): Promise<void> {
    const { journal } = this.#options
    journal.batchCancelTried.add(batchId)
    const answer = await this.#clients.ci({ method: 'PUT', target: `/inventorytriggerjob/${batchId}?cancel` })
    if (!this.#clients.expect(answer, 'cancel of a batch', [200, 400]) || answer!.status !== 200) return
    const tried = journal.batches.find((batch) => batch.batchId === batchId)!
    let made: readonly string[] | null = null
    while (made === null && !this.#stopping) made = await this.#madeBy(tried)
    if (made !== null) journal.madeAtCancel.set(batchId, made)
  }

  /** Whether it has ended; `false` also when nobody can say. */
  async isOver(batchId: string): Promise<boolean> {
    const answer = await this.#clients.ci({ target: `/inventorytriggerjob/${batchId}` })
    if (!this.#clients.expect(answer, 'GET of a batch', [200])) return false
    return ['Success', 'Failed', 'Cancel'].includes(textAt(answer!.xml(), 'JobsDetail/State'))
  }

  get #chain(): Flow {
    return this.#options.journal.flows[1]!
  }

  #triggered(): string {
    const { chance } = this.#options
    if (chance.isHit(0.1)) return MISSING
    return chance.oneOf([...this.#batched, ...this.#uploaded.slice(-5)])
  }

  async #uploader(): Promise<void> {
    const { chance } = this.#options
    while (!this.#stopping) {
      await this.#room()
      const dice = chance.next()
      if (dice < 0.7) await this.upload()
      else if (dice < 0.9) await this.trigger()
      else await this.#cancelJobOfRun()
      await pause(chance.between(20, 150))
    }
  }

  async #batcher(): Promise<void> {
    const { chance } = this.#options
    while (!this.#stopping) {
      const batchId = await this.startBatch(chance.isHit(0.5) ? 'Job' : 'Workflow')
      if (batchId !== null && chance.isHit(0.4)) {
        await pause(chance.between(0, 400))
        await this.cancelBatch(batchId)
      }
      // Now and then there are several.
      const patience = chance.between(0, 8)
      for (let n = 0; n < patience && batchId !== null && !this.#stopping; n += 1) {
        if (await this.isOver(batchId)) break
        await pause(200)
      }
      await pause(chance.between(100, 500))
    }
  }

  /** One of a run that was started by hand a moment ago. */
  async #cancelJobOfRun(): Promise<void> {
    const runId = await this.trigger(this.#options.chance.oneOf(this.#batched))
    if (runId === null) return
    const answer = await this.#clients.ci({ target: `/workflowexecution/${runId}` })
    if (!this.#clients.expect(answer, 'GET of a run', [200])) return
    const [run] = runsIn(answer!.xml())
    await this.#clients.cancel(this.#options.chance.oneOf(run!.tasks).jobId)
  }

  async #room(): Promise<void> {
    const { receivers, journal } = this.#options
    for (let n = 0; n < 100 && !this.#stopping; n += 1) {
      const uploads = this.#uploaded.flatMap((key) => journal.writes.get(key)!.map(({ requestId }) => requestId))
      const runs = [...uploads, ...journal.triggers.map(({ runId }) => runId ?? undefined)]
      if (runs.filter((id) => id !== undefined && !receivers.hasTaken(id)).length < MOST_UNTOLD) return
      await receivers.next(200)
    }
  }

  async #write(key: string, kind: SourceKind): Promise<void> {
    const { chance, journal } = this.#options
    const body = kind === 'broken' ? Buffer.from(`no picture ${chance.next()}`) : chance.oneOf(this.#sources[kind])
    const answer = await this.#clients.cos({ method: 'PUT', target: `/${key}`, body })
    const acknowledged = this.#clients.expect(answer, 'PUT', [200])
    const requestId = acknowledged ? { requestId: String(answer!.headers['x-cos-request-id']) } : {}
    journal.noteWrite(key, { md5: md5(body), acknowledged, ...requestId })
    if (acknowledged && key.startsWith(UPLOADS_BELOW) && !this.#uploaded.includes(key)) this.#uploaded.push(key)
  }

  async #makeFlow(
    name: string,
    nodes: readonly PlannedNode[],
    prefix: string | null,
    callback: ReceiverPath,
  ): Promise<void> {
    const { journal, receivers } = this.#options
    const following = (after: string | null) => nodes.filter((node) => node.after === after).map((node) => node.name)
    const dependencies = [`<Start>${following(null).join(',')}</Start>`]
    for (const node of nodes)
      dependencies.push(`<${node.name}>${following(node.name).join(',') || 'End'}</${node.name}>`)
    const body = workflowXml({
      name,
      state: prefix === null ? 'Paused' : 'Active',
      prefix: prefix ?? 'nothing/',
      notify: notifyXml(receivers.urlOf(callback), 'TaskFinish,WorkflowFinish', prefix === null ? 'JSON' : 'XML'),
      nodes: nodes.map(({ name: node, rule }) => ({ name: node, rule, output: `ran/\${RunId}/${node}` })),
      dependencies: dependencies.join(''),
    })
    const answer = await this.#clients.ci({ method: 'POST', target: '/workflow', body })
    if (answer?.status !== 200) throw new Error(`a workflow was answered ${answer?.status} ${answer?.text}`)
    const id = textAt(answer.xml(), 'MediaWorkflow/WorkflowId')
    journal.flows.push({ id, prefix, callback, nodes })
  }

  /** Ids of the jobs or runs of a batch; `null` when the server was not there to say. */
  async #madeBy({ batchId, workflowId }: BatchTried): Promise<readonly string[] | null> {
    const target =
      workflowId === null
        ? `/jobs?inventoryTriggerJobId=${batchId}`
        : `/workflowexecution?workflowId=${workflowId}&jobId=${batchId}`
    const [element, id] = workflowId === null ? ['JobsDetail', 'JobId'] : ['WorkflowExecutionList', 'RunId']
    try {
      return (await readPages(this.#clients, target, element!)).map((one) => textAt(one, id!))
    } catch {
      return null
    }
  }
}

/** One colour, so that a result shows what it was made of. */
async function drawn(
  kind: 'picture' | 'wide',
  [r, g, b]: readonly [number, number, number],
  chance: Chance,
): Promise<Buffer> {
  const [width, height] = kind === 'wide' ? [3_400, 60] : [chance.between(40, 120), chance.between(40, 90)]
  const image = sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
  return image.jpeg({ quality: 95 }).toBuffer()
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
