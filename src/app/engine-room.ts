import { resolve } from 'node:path'
import type { Log } from '../base/index.ts'
import { defaultPictureLimits, EnginePool } from '../images/index.ts'
import { engineCount, type Settings } from '../settings/index.ts'
import { AttemptFolders } from './attempt-folders.ts'
import { takeCorner } from './server-corner.ts'
import type { Stops } from './stops.ts'

/** The engines, and the folders in which they find their sources and leave their results. */
export interface EngineRoom {
  readonly engines: EnginePool
  readonly folders: AttemptFolders
  /** Where pictures that were made for requests are kept. */
  readonly resultsFolder: string
  /** Resolves when pictures can be made. Engines take longer to be ready than everything else together. */
  readonly ready: Promise<void>
}

/** Starts the engines, without waiting until they are ready: only pictures need them. */
export async function openEngineRoom(
  settings: Settings,
  hasSiblings: boolean,
  log: Log,
  stops: Stops,
): Promise<EngineRoom> {
  const corner = await takeCorner(resolve(settings.dataDir), hasSiblings)
  stops.add(() => corner.leave())
  const folders = new AttemptFolders(corner.attempts)
  await folders.prepare()
  stops.add(() => folders.settled())
  const engines = new EnginePool({
    engines: engineCount(settings.engines),
    ...(settings.engineMemoryBytes === null ? {} : { engineMemoryBytes: settings.engineMemoryBytes }),
    limits: defaultPictureLimits,
    folder: corner.engines,
    mustReach: [corner.attempts],
    log,
  })
  stops.add(() => engines.stop())
  const ready = engines.start()
  // Whoever waits for them hears of it.
  ready.catch(() => undefined)
  return { engines, folders, resultsFolder: corner.results, ready }
}
