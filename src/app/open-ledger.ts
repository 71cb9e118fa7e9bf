import { chmod } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { compiledProgram, Failure, type Log, makeFolder } from '../base/index.ts'
import { type OpenLedger, openSqliteLedger } from '../database/index.ts'
import { listensOnLoopback } from '../network/address-guard.ts'
import { type Settings, zoneMinutes } from '../settings/index.ts'
import { bindFolderToLedger, refuseFolderOfPostgres } from './folder-owner.ts'
import { refuseUnfinishedRestore } from './unfinished-restore.ts'
import type { FollowOptions } from './what-follows.ts'

/** A ledger that is open, and what its callbacks are rendered with. */
export interface HouseLedger {
  readonly ledger: OpenLedger
  readonly followOptions: FollowOptions
}

/**
 * The first step of a start: refuses what may not be started at all, makes the data folder, and opens the ledger that the
 * settings name; its lock says whether folder and ledger are ours. It needs little of the house, so that the rest can be
 * loaded while the thread of the ledger loads what it needs.
 */
export async function openHouseLedger(settings: Settings, log: Log): Promise<HouseLedger> {
  const { host, anonymous, dataDir } = settings
  if (anonymous && !listensOnLoopback(host)) {
    throw new Failure(
      'InvalidArgument',
      `PIXMILL_ANONYMOUS lets everybody in and PIXMILL_HOST is ${host}, expected a loopback address such as 127.0.0.1.`,
    )
  }
  // Engines that run as another user may pass through it, nobody may list it.
  const isNew = await makeFolder(resolve(dataDir), 0o711)
  if (isNew) await chmod(dataDir, 0o711)
  const followOptions: FollowOptions = {
    profile: settings.callbackProfile,
    timeZoneOffsetMinutes: zoneMinutes(settings.timeZone),
    objectUrl: settings.objectUrl,
    fillResultEtag: settings.fillResultEtag,
    submitOptions: {
      openService: !settings.requireOpenService,
      refusePaused: settings.refusePausedQueues,
      queueDefaults: { maxSize: settings.queueMaxSize, maxConcurrent: settings.queueMaxConcurrent },
    },
  }
  return { ledger: await openLedger(settings, followOptions, log), followOptions }
}

async function openLedger(settings: Settings, followOptions: FollowOptions, log: Log): Promise<OpenLedger> {
  const { dataDir, databaseUrl } = settings
  await refuseUnfinishedRestore(dataDir)
  if (databaseUrl === null) {
    await refuseFolderOfPostgres(dataDir)
    return openSqliteLedger({
      file: join(dataDir, 'ledger.db'),
      lockFile: join(dataDir, 'lock.db'),
      program: compiledProgram('app/ledger-thread.js'),
      readsProgram: compiledProgram('app/reads-thread.js'),
      blobsFolder: join(dataDir, 'blobs'),
      followOptions,
    })
  }
  // Only now: the drivers and the query builder take longer to load than everything else here.
  const [{ openPostgresLedger }, { whatFollowsWith }] = await Promise.all([
    import('../database/postgres/index.ts'),
    import('./what-follows.ts'),
  ])
  const ledger = await openPostgresLedger({
    url: databaseUrl,
    connections: settings.databaseConnections,
    folderUse: settings.unsafeSharedBlobFolder ? 'sharing' : 'alone',
    heartbeatProgram: compiledProgram('app/heartbeat-thread.js'),
    whatFollows: whatFollowsWith(followOptions),
    log,
  })
  try {
    await bindFolderToLedger(dataDir, ledger.stores.secrets)
    return ledger
  } catch (error) {
    await ledger.close()
    throw error
  }
}
