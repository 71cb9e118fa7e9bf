import { join } from 'node:path'
import { compiledProgram, type Log } from '../base/index.ts'
import { type OpenLedger, openPostgresLedger, openSqliteLedger } from '../database/index.ts'
import type { Settings } from '../settings/index.ts'
import { bindFolderToLedger, refuseFolderOfPostgres } from './folder-owner.ts'
import { refuseUnfinishedRestore } from './unfinished-restore.ts'
import { type FollowOptions, whatFollowsWith } from './what-follows.ts'

/** Opens the ledger that the settings name. Its lock says whether data folder and ledger are ours. */
export async function openLedger(settings: Settings, followOptions: FollowOptions, log: Log): Promise<OpenLedger> {
  const { dataDir, databaseUrl } = settings
  await refuseUnfinishedRestore(dataDir)
  if (databaseUrl === null) {
    await refuseFolderOfPostgres(dataDir)
    return openSqliteLedger({
      file: join(dataDir, 'ledger.db'),
      lockFile: join(dataDir, 'lock.db'),
      program: compiledProgram('app/ledger-thread.js'),
      followOptions,
    })
  }
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
