import type { Log } from '../base/index.ts'
import type { OpenLedger } from '../database/index.ts'
import type { CiDeps } from '../http/ci/index.ts'
import { submitJob } from '../jobs/index.ts'
import { type AddressGuard, checkCallbackUrl } from '../network/index.ts'
import { checkKey } from '../objects/index.ts'
import type { Settings } from '../settings/index.ts'
import {
  type BucketOfHost,
  createBatch,
  createWorkflow,
  objectUrlBelow,
  replaceWorkflow,
  startRun,
} from '../workflows/index.ts'
import type { DiskRoom } from './disk-room.ts'
import { ruleCheckFor } from './rule-inputs.ts'
import type { ExpandRule } from './styles-of-buckets.ts'
import type { FollowOptions } from './what-follows.ts'

export interface CiDepsOf {
  readonly ledger: OpenLedger
  readonly followOptions: FollowOptions
  readonly guard: AddressGuard
  readonly room: DiskRoom
  readonly expandRule: ExpandRule
  readonly bucketOfHost: BucketOfHost
}

/** What the processing service's door needs: the verbs of the rooms, each with the checks and stores it asks for. */
export function ciDepsOf(
  settings: Settings,
  { ledger, followOptions, guard, room, expandRule, bucketOfHost }: CiDepsOf,
  log: Log,
): CiDeps {
  const { stores } = ledger
  const { submitOptions, timeZoneOffsetMinutes, fillResultEtag } = followOptions
  const checkCallbackAddress = (url: string, field: string) => checkCallbackUrl(url, field, guard)
  const checkRule = async (bucket: string, rule: string): Promise<void> => {
    await expandRule(bucket, ruleCheckFor(bucket, bucketOfHost)(rule))
  }
  const checksFor = (bucket: string) => ({
    checkRule: ruleCheckFor(bucket, bucketOfHost),
    checkStyles: (rule: string) => checkRule(bucket, rule),
    checkCallbackAddress,
    checkKey,
    chainedNodes: settings.chainedNodes,
  })
  const limits = { maxWorkflows: settings.maxWorkflows }
  return {
    submit: async (bucket, request, submission) => {
      room.check()
      if (request.work.kind === 'inline') await checkRule(bucket, request.work.picProcess.processRule)
      return submitJob(
        { store: stores.jobs, checks: checksFor(bucket), options: submitOptions },
        bucket,
        request,
        submission,
      )
    },
    jobs: stores.jobs,
    queues: stores.queues,
    templates: stores.templates,
    createTemplate: (bucket, request) => stores.templates.createTemplate(bucket, request, settings.maxTemplates),
    createWorkflow: (bucket, request) =>
      createWorkflow({ store: stores.workflows, checks: checksFor(bucket), limits }, bucket, request),
    replaceWorkflow: (bucket, id, request) =>
      replaceWorkflow({ store: stores.workflows, checks: checksFor(bucket) }, bucket, id, request),
    startRun: async (bucket, workflowId, object) => {
      room.check()
      return startRun({ store: stores.workflows, checks: checksFor(bucket) }, bucket, workflowId, object)
    },
    workflows: stores.workflows,
    createBatch: async (bucket, request) => {
      room.check()
      if (request.job?.inline) await checkRule(bucket, request.job.inline.processRule)
      const options = { submit: submitOptions, maxOpen: settings.batchMaxOpen }
      const { batches: store } = stores
      const checks = checksFor(bucket)
      return createBatch({ store, checks, bucketOfHost, options, clock: ledger.clock, log }, bucket, request)
    },
    batches: stores.batches,
    objectUrl: objectUrlBelow(settings.objectUrl),
    buckets: stores.objects,
    checkRule,
    checkCallbackAddress,
    queueDefaults: submitOptions.queueDefaults,
    refuseSecondOpening: settings.refuseSecondOpening,
    timeZoneOffsetMinutes,
    fillResultEtag,
  }
}
