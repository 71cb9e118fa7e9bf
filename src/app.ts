import { join, resolve } from 'node:path'
import { apiDepsOf, openJobWaits } from './app/api-deps.ts'
import { Backups } from './app/backups.ts'
import { batchWork } from './app/batch-work.ts'
import { BlobsInHand } from './app/blobs-in-hand.ts'
import { bucketOfHosts } from './app/bucket-of-host.ts'
import { ciDepsOf } from './app/ci-deps.ts'
import { type Credentials, findCredentials } from './app/credentials.ts'
import { DiskRoom } from './app/disk-room.ts'
import { openEngineRoom } from './app/engine-room.ts'
import { houseMetrics } from './app/house-metrics.ts'
import { type Doors, openListeners } from './app/listeners.ts'
import { openHouseLedger } from './app/open-ledger.ts'
import { pictureDepsOf } from './app/picture-deps.ts'
import { pictureMaking } from './app/picture-making.ts'
import { openPostRoom } from './app/post-room.ts'
import type { RuleInputsDeps } from './app/rule-inputs.ts'
import { Stops } from './app/stops.ts'
import { MAX_UNCLEAN_ENDS, openUpkeep } from './app/upkeep.ts'
import { openWorkRoom } from './app/work-room.ts'
import { asFailure, type Failure, type Log, type Signals, systemClock } from './base/index.ts'
import { type CourierSignal, EventFeed } from './callbacks/index.ts'
import type { OpenLedger } from './database/index.ts'
import { handleApi } from './http/api/index.ts'
import { handleCi } from './http/ci/index.ts'
import { cosDoor } from './http/cos/index.ts'
import { Cors, Domains } from './http/index.ts'
import { FontShelf, type PoolSignal, ResultCache } from './images/index.ts'
import type { WorkerSignal } from './jobs/index.ts'
import { KeyDesk, KeyRing } from './keys/index.ts'
import { addressGuard, listensOnLoopback } from './network/index.ts'
import { openFilesystemBlobStore } from './objects/filesystem/index.ts'
import { type BlobStore, bucketAcls, Multipart } from './objects/index.ts'
import type { Settings } from './settings/index.ts'

/** Below this much room the server is not ready, and refuses uploads and jobs: the rest is for what it has taken in. */
const LEAST_FREE_BYTES = 64 * 1024 * 1024

/** A running house. */
export interface App {
  /** `http://HOST:PORT`, or `https:`. */
  readonly url: string
  /** Of the listener that is for the processing service alone; `null` when there is none. */
  readonly ciUrl: string | null
  readonly credentials: Credentials & { readonly isNew: boolean }
  /** Secrets that callbacks are signed with, newest first. */
  readonly webhookSecrets: readonly string[]
  /** The one that was made at this start, because there was none: somebody should be told, once. */
  readonly madeWebhookSecret: string | null
  readonly signals: {
    readonly worker: Signals<WorkerSignal>
    readonly courier: Signals<CourierSignal>
    readonly engines: Signals<PoolSignal>
  }
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
  const stops = new Stops()
  try {
    const { host } = settings
    const dataDir = resolve(settings.dataDir)
    const { ledger, followOptions } = await opening
    stops.add(() => ledger.close())
    const { stores } = ledger
    const credentials = await findCredentials(join(dataDir, 'credentials.json'), settings)
    const keys = new KeyRing({ store: stores.keys, first: credentials, clock: systemClock, log })
    const keyDesk = new KeyDesk({ store: stores.keys, ring: keys, clock: systemClock })
    stops.add(() => keys.stop())
    ledger.wakes.on('keys', () => {
      keys.load().catch((error: unknown) => log.warn({ err: error }, 'the keys could not be read again'))
    })
    const rescued = await stores.jobs.rescueJobs(MAX_UNCLEAN_ENDS)
    const due = await stores.deliveries.rescueDeliveries()
    if (rescued.returned + rescued.failed + due > 0) log.warn({ ...rescued, due }, 'rescued what an unclean end left')
    await makeBuckets(settings.buckets, stores)

    // Who works.
    const room = new DiskRoom(dataDir, LEAST_FREE_BYTES)
    stops.add(() => room.stop())
    const inHand = new BlobsInHand()
    const blobs = inHand.made(await openFilesystemBlobStore({ folder: join(dataDir, 'blobs'), clock: systemClock }))
    const engineRoom = await openEngineRoom(settings, ledger.hasSiblings, log, stops)
    const jobs = inHand.completed(stores.jobs)
    const fonts = new FontShelf(settings.fontsDir)
    await fonts.check()
    const { limits } = engineRoom.engines
    const bucketOfHost = bucketOfHosts(settings)
    const inputs: RuleInputsDeps = { objects: stores.objects, fonts, bucketOfHost, limits }
    const making = pictureMaking(stores.styles, inputs)
    const { worker, signals: workerSignals } = openWorkRoom(
      settings,
      { ledger, jobs, blobs, engineRoom, making },
      log,
      stops,
    )
    const results = new ResultCache({
      folder: engineRoom.resultsFolder,
      maxBytes: settings.resultCacheBytes,
      hasRoom: () => room.isLeft,
      log,
    })
    stops.add(() => results.stop())
    const expander = batchWork({ stores, blobs, bucketOfHost, room, settings, log })
    stops.add(() => expander.stop())
    ledger.wakes.on('batches', () => expander.wake())

    // Who tells.
    const guard = addressGuard({
      allowLoopback: listensOnLoopback(host),
      allow: settings.callbackAllow,
      deny: settings.callbackDeny,
    })
    const post = await openPostRoom(settings, ledger, guard, log, stops)
    const events = new EventFeed({ store: stores.events, onNews: (listener) => ledger.wakes.on('events', listener) })

    // Who clears up, and who copies.
    const upkeep = openUpkeep(settings, { ledger, blobs, isInHand: (id) => inHand.has(id) }, log, stops)
    const backups = new Backups({
      dataDir,
      ledger,
      blobs,
      cleaner: upkeep.blobCleaner,
      followOptions,
      checkRoom: () => room.check(),
    })
    await backups.prepare()
    stops.add(() => backups.stop())

    // What clients bring.
    const arriving: BlobStore = {
      ...blobs,
      write: async (source, options) => {
        room.check()
        return blobs.write(source, options)
      },
      join: async (ids) => {
        room.check()
        return blobs.join(ids)
      },
    }
    const uploads = inHand.uploaded(stores.uploads)
    const multipart = new Multipart({
      uploads,
      blobs: arriving,
      discard: (ids) => upkeep.blobCleaner.discard(ids),
      minPartBytes: settings.minPartBytes,
    })

    // The doors.
    const domains = new Domains(settings.domains)
    const cors = new Cors({
      findRules: (bucket) => stores.objects.findCorsRules(bucket),
      origins: settings.corsOrigins,
    })
    const objects = inHand.published(stores.objects)
    const { expandRule } = making
    const ciDeps = ciDepsOf(settings, { ledger, followOptions, guard, room, expandRule, bucketOfHost }, log)
    const waits = openJobWaits(ledger, log)
    stops.add(() => waits.stop())
    const apiDeps = apiDepsOf({ ledger, ciDeps, backups, waits })
    const pictures = pictureDepsOf(
      settings,
      { objects, styles: stores.styles, blobs, engineRoom, cache: results, making, room },
      log,
    )
    const { defaultRegion } = settings
    const handleObject = cosDoor({
      cors,
      bucketOfDomain: (host) => domains.find(host)?.bucket ?? null,
      objects,
      uploads,
      multipart,
      pictures,
      blobs: arriving,
      defaultRegion,
      createsBuckets: settings.createBuckets,
    })
    let isBroken = false
    const doors: Doors = {
      serverName: settings.serverName,
      anonymous: settings.anonymous,
      strictSignatures: settings.strictSignatures,
      signedPathWithoutBucket: settings.signedPathWithoutBucket,
      keys,
      cors,
      handleObject,
      handleApi: (exchange) =>
        handleApi(exchange, {
          ...apiDeps,
          ...pictures,
          handleObject,
          objects,
          bucketStore: objects,
          defaultRegion,
          keyDesk,
          deliveryDesk: stores.deliveryDesk,
          receivers: stores.receivers,
          events,
          testReceiver: post.testReceiver,
          signing: post.signing,
        }),
      handleCi: (exchange) => handleCi(exchange, ciDeps),
      metrics: houseMetrics(settings.metricsAccess, {
        figures: stores.figures,
        courier: post.courier,
        courierSignals: post.signals,
        workerSignals,
        engines: engineRoom.engines,
        results,
      }),
      isReady: async () => !isBroken && ledger.isUp() && engineRoom.engines.readyEngines > 0 && (await room.look()),
      stopGraceMs: settings.stopGraceMs,
      clock: systemClock,
      log,
    }
    const server = await openListeners(settings, doors, log, stops)
    stops.add(() => server.stop())
    for (const agent of [keys, room, results, post.courier, ...upkeep.agents, expander, server]) await agent.start()
    const broken = Promise.race([ledger.broken, failureOf(engineRoom.ready.then(() => worker.start()))])
    void broken.then(() => {
      isBroken = true
    })

    let stopping: Promise<void> | null = null
    return {
      url: server.url,
      ciUrl: server.ciUrl,
      credentials,
      get webhookSecrets() {
        return post.signing.serverSecrets
      },
      madeWebhookSecret: post.madeWebhookSecret,
      signals: { worker: workerSignals, courier: post.signals, engines: engineRoom.engines.signals },
      broken,
      stop: () => {
        // Whoever waits for events is answered; the others would wait for them.
        events.stop()
        // Together, so that nothing new begins while open requests finish.
        stopping ??= Promise.all([waits.stop(), server.stop(), worker.stop(), expander.stop()]).then(() => stops.all())
        return stopping
      },
    }
  } catch (error) {
    await stops.all()
    throw error
  }
}

async function makeBuckets(
  buckets: readonly string[],
  { objects }: Pick<OpenLedger['stores'], 'objects'>,
): Promise<void> {
  for (const text of buckets) {
    const [, name = '', region = '', acl] = /^([^@]*)@([^:]*)(?::(.*))?$/.exec(text) ?? []
    await objects.createBucket({ name, region, acl: bucketAcls.find((one) => one === acl) ?? 'private' })
  }
}

/** Resolves with the failure of a promise; never, when it has none. */
function failureOf(work: Promise<unknown>): Promise<Failure> {
  return new Promise((resolve) => {
    work.catch((error: unknown) => resolve(asFailure(error)))
  })
}
