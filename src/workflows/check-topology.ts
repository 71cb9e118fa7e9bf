import { Failure } from '../base/index.ts'
import { mayOverwrite, resolveOutputKey, unknownFacts } from '../jobs/index.ts'
import { type PicProcessNode, type StartNode, said, type WorkflowTopology } from '../wire/index.ts'
import { checkGraph, NODES } from './check-graph.ts'
import { nextAfter } from './graph.ts'
import { samplesBelow } from './samples-below.ts'
import { prefixOf, startNodeOf } from './start-node.ts'

/** What checking a topology needs of rooms that workflows does not know, and of the settings. */
export interface TopologyChecks {
  /** Throws `RuleInvalid` or `OperationNotOffered`. */
  checkRule(rule: string): void
  /** Throws `InvalidArgument` naming the field. */
  checkCallbackAddress(url: string, field: string): void
  /** Throws `KeyInvalid` or `KeyTooLong`. */
  checkKey(key: string): void
  /** Whether a PicProcess node may follow another one. */
  readonly chainedNodes: boolean
}

/**
 * Refuses a topology that no run could go through, or that would do harm. Everything is checked here that needs no ledger;
 * every refusal names the node.
 *
 * @throws Failure `InvalidArgument`, or `RuleInvalid` and `OperationNotOffered` for a rule
 */
export function checkTopology(bucket: string, topology: WorkflowTopology, checks: TopologyChecks): void {
  checkGraph(topology, checks)
  const start = startNodeOf(topology)
  checkStart(start, checks)
  for (const node of topology.nodes) if (node.type === 'PicProcess') checkPicProcess(node, start, bucket, checks)
  for (const node of topology.nodes) if (node.type === 'PicProcess') checkChain(node, topology, bucket)
}

/**
 * Refuses a topology with a rule that names a style which is not there, or leads to none that can be carried out. A
 * style that goes later fails the jobs of the run.
 *
 * @param checkStyles rejects with `StyleNotFound` or `RuleInvalid`
 * @throws Failure `InvalidArgument` or `RuleInvalid` that names the node
 */
export async function checkStylesOf(
  topology: WorkflowTopology,
  checkStyles: (rule: string) => Promise<void>,
): Promise<void> {
  for (const node of topology.nodes) {
    if (node.type !== 'PicProcess' || node.inline === null) continue
    await checkStyles(node.inline.processRule).catch((error: unknown) => {
      throw told(ruleField(node), error)
    })
  }
}

function checkStart(start: StartNode, { checkKey, checkCallbackAddress }: TopologyChecks): void {
  const { notify, extFilter } = start
  const input = `${NODES}.${start.name}.Input`
  const prefix = prefixOf(start)
  if (prefix !== '') about(`${input}.ObjectPrefix`, () => checkKey(prefix))
  if (notify !== null && notify.url !== null) checkCallbackAddress(notify.url, `${input}.NotifyConfig.Url`)
  if (extFilter !== null && extFilter.state === 'On') {
    const { image, video, audio, contentType, custom, allFile } = extFilter
    if (!(image || video || audio || contentType || custom || allFile)) {
      throw new Failure(
        'InvalidArgument',
        `${input}.ExtFilter is On and lets nothing pass, expected at least one of Image, Video, Audio, ContentType, Custom or AllFile to be true.`,
      )
    }
  }
}

function checkPicProcess(node: PicProcessNode, start: StartNode, bucket: string, checks: TopologyChecks): void {
  const operation = `${NODES}.${node.name}.Operation`
  const { inline, output } = node
  // A template's rule was checked when it was saved.
  if (inline !== null) about(ruleField(node), () => checks.checkRule(inline.processRule))
  about(`${operation}.Output.Object`, () => checks.checkKey(output.object))
  if (output.bucket === bucket && mayOverwrite(output.object, samplesBelow(prefixOf(start)))) {
    throw new Failure(
      'InvalidArgument',
      `${operation}.Output.Object is ${said(output.object)}, which is the object that starts the run: expected another key, or another bucket.`,
    )
  }
}

/** What a node that follows another one works on lies where that one wrote it. */
function checkChain(node: PicProcessNode, topology: WorkflowTopology, bucket: string): void {
  for (const name of nextAfter(topology, node.name)) {
    const follower = topology.nodes.find((one) => one.name === name)
    if (follower?.type !== 'PicProcess') continue
    if (node.output.bucket !== bucket) {
      throw new Failure(
        'InvalidArgument',
        `${NODES}.${node.name}.Operation.Output.Bucket is ${said(node.output.bucket)}, expected ${bucket}, the bucket of the workflow: ${name} works on what is written there.`,
      )
    }
    const inputKey = `${prefixOf(startNodeOf(topology))}x/x.y`
    const written = resolveOutputKey(node.output.object, { inputKey, ...unknownFacts('a') })
    const writtenNext = resolveOutputKey(follower.output.object, { inputKey, ...unknownFacts('b') })
    if (follower.output.bucket === bucket && written === writtenNext) {
      throw new Failure(
        'InvalidArgument',
        `${NODES}.${name}.Operation.Output.Object is ${said(follower.output.object)}, which is what ${node.name} writes and ${name} works on: expected another key.`,
      )
    }
  }
}

function ruleField({ name }: PicProcessNode): string {
  return `${NODES}.${name}.Operation.PicProcess.ProcessRule`
}

function about(field: string, check: () => void): void {
  try {
    check()
  } catch (error) {
    throw told(field, error)
  }
}

/** A value that is wrong, told with the place where it stands; the code stays that of the check, where a client knows it. */
function told(field: string, error: unknown): unknown {
  if (!(error instanceof Failure)) return error
  const code = error.code === 'RuleInvalid' || error.code === 'OperationNotOffered' ? error.code : 'InvalidArgument'
  return new Failure(code, `${field}: ${error.message.replace(/\.$/, '')}.`, { cause: error })
}
