import { join, resolve } from 'node:path'
import { AttemptFolders } from './app/attempt-folders.ts'
import { Backups } from './app/backups.ts'
import { batchWork, bucketOfHost } from './app/batch-work.ts'
import { BlobsInHand } from './app/blobs-in-hand.ts'
import { type Credentials, findCredentials } from './app/credentials.ts'
import { DiskRoom } from './app/disk-room.ts'
import { openHouseLedger } from './app/open-ledger.ts'
import { pictureWork } from './app/picture-work.ts'
import { takeCorner } from './app/server-corner.ts'
import { asFailure, type Failure, type Log, Signals, systemClock } from './base/index.ts'
import { Courier, type CourierSignal, deliveryRescuer, newWebhookSecret } from './callbacks/index.ts'
import { httpSink } from './callbacks/sinks/http.ts'
import type { OpenLedger } from './database/index.ts'
import { handleApi } from './http/api/index.ts'
import { type CiDeps, handleCi } from './http/ci/index.ts'
import { cosDoor } from './http/cos/index.ts'
import { createHttpServer } from './http/index.ts'
import { checkRule, defaultPictureLimits, EnginePool } from './images/index.ts'
import {
  jobRescuer,
  RecordCleaner,
  type RecordCleanerSignal,
  submitJob,
  Worker,
  type WorkerSignal,
} from './jobs/index.ts'
import { addressGuard, checkCallbackUrl, listensOnLoopback } from './network/index.ts'
import { openFilesystemBlobStore } from './objects/filesystem/index.ts'
import { BlobCleaner, checkKey } from './objects/index.ts'
import { engineCount, type Settings } from './settings/index.ts'
import { createBatch, createWorkflow, objectUrlBelow, replaceWorkflow, startRun } from './workflows/index.ts'

/** Below this much room the server is not ready, and refuses uploads and jobs: the rest is for what it has taken in. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024
/**
 * Jobs claimed beyond the free slots of the engines, so that the next picture is linked and in line when a slot becomes
 * free, instead of only then being asked for: docs/decisions/claimed-ahead.md.
 */
const CLAIMED_AHEAD = 4
/** While the engines have work, jobs are claimed so many at a time: each claim is a commit of its own. */
const CLAIMED_AT_ONCE = 3
/** A job that was running at this many unclean ends of the server fails. */
const MAX_UNCLEAN_ENDS = 10
/** How often a server looks whether a sibling has died. */
const RESCUE_EVERY_MS = 1_000
const DAY_MS = 86_400_000

/** A running house. */
export interface App {
  /** `http://HOST:PORT`. */
  readonly url: string
  readonly credentials: Credentials & { readonly isNew: boolean }
  /** Secrets that callbacks are signed with, newest first. */
  readonly webhookSecrets: readonly string[]
  /** The one that was made at this start, because there was none: somebody should be told, once. */
  readonly madeWebhookSecret: string | null
  readonly signals: { readonly worker: Signals<WorkerSignal>; readonly courier: Signals<CourierSignal> }
  /** Resolves when the house can go on no longer, with the reason. */
  readonly broken: Promise<Failure>
  /** Readiness red, no new claims, running jobs get their grace, open requests finish. Twice is fine. */
  stop(): Promise<void>
}

/**
 * Builds every room, hands each what it needs, and opens the doors. What has been started is stopped again when a later
 * step fails. The ledger may be being opened already, since the callers' way here.
 */
export async function startApp(settings: Settings, log: Log, opening = openHouseLedger(settings, log)): Promise<App> {
  const { host } = settings
  const onLoopback = listensOnLoopback(host)
  const stops: (() => Promise<void>)[] = []
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    const { dataDir } = settings
    const { ledger, followOptions } = await opening
    const { timeZoneOffsetMinutes, submitOptions } = followOptions
    stops.push(() => ledger.close())
    const { stores } = ledger
    const credentials = await findCredentials(join(dataDir, 'credentials.json'), settings)
    const rescued = await stores.jobs.rescueJobs(MAX_UNCLEAN_ENDS)
    const due = await stores.deliveries.rescueDeliveries()
    if (rescued.returned + rescued.failed + due > 0) log.warn({ ...rescued, due }, 'rescued what an unclean end left')
    await makeBuckets(settings.buckets, stores)

    // Bytes and engines.
    const inHand = new BlobsInHand()
    const blobs = inHand.made(await openFilesystemBlobStore({ folder: resolve(dataDir, 'blobs'), clock: systemClock }))
    const corner = await takeCorner(resolve(dataDir), ledger.hasSiblings)
    stops.push(() => corner.leave())
    const folders = new AttemptFolders(corner.attempts)
    await folders.prepare()
    stops.push(() => folders.settled())
    const engines = new EnginePool({
      engines: engineCount(settings.engines),
      ...(settings.engineMemoryBytes === null ? {} : { engineMemoryBytes: settings.engineMemoryBytes }),
      limits: defaultPictureLimits,
      folder: corner.engines,
      mustReach: [corner.attempts],
      log,
    })
    stops.push(() => engines.stop())
    // They take longer to be ready than everything else together, and only jobs need them.
    const enginesReady = engines.start()
    enginesReady.catch(() => undefined)

    // Whoever tells.
    const guard = addressGuard({
      allowLoopback: onLoopback,
      allow: settings.callbackAllow,
      deny: settings.callbackDeny,
    })
    const offeredSecret = newWebhookSecret()
    const webhookSecrets =
      settings.webhookSecret === null
        ? await stores.secrets.secretsFor('webhook', offeredSecret)
        : [settings.webhookSecret]
    const sink = httpSink({
      guard,
      connectTimeoutMs: settings.callbackConnectTimeoutMs,
      totalTimeoutMs: settings.callbackTimeoutMs,
    })
    const courierSignals = new Signals<CourierSignal>()
    const courier = new Courier({
      store: stores.deliveries,
      sink,
      secrets: () => webhookSecrets,
      waitsSeconds: settings.callbackRetryWaitsSeconds,
      attemptTimeoutMs: settings.callbackTimeoutMs,
      clock: ledger.clock,
      log,
      signals: courierSignals,
    })
    stops.push(
      () => sink.close(),
      () => courier.stop(),
    )

    // Whoever works.
    const workerSignals = new Signals<WorkerSignal>()
    const worker = new Worker({
      store: inHand.completed(stores.jobs),
      doJob: pictureWork({
        blobs,
        engines,
        folders,
        deadlineMs: settings.jobDeadlineMs,
      }),
      slots: engines.slots + CLAIMED_AHEAD,
      claimAtOnce: CLAIMED_AT_ONCE,
      retryWaitsMs: settings.retryWaitsMs,
      maxBlames: 3,
      aloneFromUncleanEnds: 2,
      stopGraceMs: settings.stopGraceMs,
      pollMs: 5_000,
      clock: ledger.clock,
      log,
      signals: workerSignals,
    })
    stops.push(() => worker.stop())
    const cleaner = new BlobCleaner({
      blobs,
      objects: stores.objects,
      isInHand: (id) => inHand.has(id),
      graceMs: settings.blobGraceMs,
      everyMs: settings.blobCleanEveryMs,
      clock: systemClock,
      log,
    })
    stops.push(() => cleaner.stop())
    const records = new RecordCleaner({
      store: stores.retention,
      keepJobsMs: settings.keepJobsDays * DAY_MS,
      maxEndedJobs: settings.maxEndedJobs,
      keepBodiesMs: settings.keepBodiesDays * DAY_MS,
      everyMs: 600_000,
      batchSize: 100,
      pauseMs: 25,
      clock: ledger.clock,
      log,
      signals: new Signals<RecordCleanerSignal>(),
    })
    stops.push(() => records.stop())
    ledger.wakes.on('jobs', () => worker.wake())
    ledger.wakes.on('deliveries', () => courier.wake())
    ledger.takenForDead.on('taken for dead', () => worker.abandon())
    const rescuers = ledger.hasSiblings
      ? [
          jobRescuer({ store: stores.jobs, maxUncleanEnds: MAX_UNCLEAN_ENDS, everyMs: RESCUE_EVERY_MS, log }),
          deliveryRescuer({ store: stores.deliveries, everyMs: RESCUE_EVERY_MS, log }),
        ]
      : []
    for (const rescuer of rescuers) stops.push(() => rescuer.stop())

    const room = new DiskRoom(dataDir, LEAST_FREE_BYTES)
    stops.push(() => room.stop())
    const backups = new Backups({
      dataDir: resolve(dataDir),
      ledger,
      blobs,
      cleaner,
      followOptions,
      checkRoom: () => room.check(),
    })
    await backups.prepare()
    stops.push(() => backups.stop())
    const expander = batchWork({ stores, blobs, room, settings, log })
    stops.push(() => expander.stop())
    ledger.wakes.on('batches', () => expander.wake())

    // The doors.
    const checkCallbackAddress = (url: string, field: string) => checkCallbackUrl(url, field, guard)
    const checks = { checkRule, checkCallbackAddress, checkKey, chainedNodes: settings.chainedNodes }
    const limits = { maxWorkflows: settings.maxWorkflows }
    let isBroken = false
    const ciDeps: CiDeps = {
      submit: async (bucket, request) => {
        room.check()
        return submitJob({ store: stores.jobs, checks, options: submitOptions }, bucket, request)
      },
      jobs: stores.jobs,
      queues: stores.queues,
      templates: stores.templates,
      createWorkflow: (bucket, request) => createWorkflow({ store: stores.workflows, checks, limits }, bucket, request),
      replaceWorkflow: (bucket, id, request) =>
        replaceWorkflow({ store: stores.workflows, checks }, bucket, id, request),
      startRun: async (bucket, workflowId, object) => {
        room.check()
        return startRun({ store: stores.workflows, checks }, bucket, workflowId, object)
      },
      workflows: stores.workflows,
      createBatch: async (bucket, request) => {
        room.check()
        const options = { submit: submitOptions, maxOpen: settings.batchMaxOpen }
        const { batches: store } = stores
        return createBatch({ store, checks, bucketOfHost, options, clock: ledger.clock, log }, bucket, request)
      },
      batches: stores.batches,
      objectUrl: objectUrlBelow(settings.objectUrl),
      buckets: stores.objects,
      checkRule,
      checkCallbackAddress,
      queueDefaults: submitOptions.queueDefaults,
      timeZoneOffsetMinutes,
    }
    const server = createHttpServer({
      host,
      port: settings.port,
      serverName: settings.serverName,
      anonymous: settings.anonymous,
      findSecret: (secretId) => (secretId === credentials.secretId ? credentials.secretKey : null),
      handleObject: cosDoor({
        objects: inHand.published(stores.objects),
        blobs: {
          ...blobs,
          write: async (source, options) => {
            room.check()
            return blobs.write(source, options)
          },
        },
        defaultRegion: settings.defaultRegion,
      }),
      handleApi: (exchange) => handleApi(exchange, { backup: () => backups.stream() }),
      handleCi: (exchange) => handleCi(exchange, ciDeps),
      isReady: async () => !isBroken && ledger.isUp() && engines.readyEngines > 0 && (await room.look()),
      stopGraceMs: settings.stopGraceMs,
      clock: systemClock,
      log,
    })
    stops.push(() => server.stop())
    await room.start()
    await courier.start()
    await cleaner.start()
    await records.start()
    for (const rescuer of rescuers) await rescuer.start()
    await expander.start()
    await server.start()
    const broken = Promise.race([ledger.broken, failureOf(enginesReady.then(() => worker.start()))])
    void broken.then(() => {
      isBroken = true
    })

    let stopping: Promise<void> | null = null
    return {
      url: server.url,
      credentials,
      webhookSecrets,
      madeWebhookSecret: webhookSecrets.includes(offeredSecret) ? offeredSecret : null,
      signals: { worker: workerSignals, courier: courierSignals },
      broken,
      stop: () => {
        // Together, so that nothing new begins while open requests finish.
        stopping ??= Promise.all([server.stop(), worker.stop(), expander.stop()]).then(stopAll)
        return stopping
      },
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}

async function makeBuckets(
  buckets: readonly string[],
  { objects }: Pick<OpenLedger['stores'], 'objects'>,
): Promise<void> {
  for (const text of buckets) {
    const [name = '', region = ''] = text.split('@')
    await objects.createBucket({ name, region })
  }
}

/** Resolves with the failure of a promise; never, when it has none. */
function failureOf(work: Promise<unknown>): Promise<Failure> {
  return new Promise((resolve) => {
    work.catch((error: unknown) => resolve(asFailure(error)))
  })
}
