import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EnginePool } from '../images/index.ts'
import { AttemptFolders } from './attempt-folders.ts'

export interface LocalEngine {
  readonly engines: EnginePool
  readonly folders: AttemptFolders
}

/**
 * One engine in a temporary folder, as confined as those of a server, for pictures that lie in no store. It is gone when
 * the work is done, whatever its end.
 *
 * @param engineMemoryBytes `null`: half of the memory in force
 */
export async function withLocalEngine<Result>(
  engineMemoryBytes: number | null,
  work: (engine: LocalEngine) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-local-'))
  try {
    // An engine that runs as another user may pass through; nobody may list.
    await chmod(folder, 0o711)
    const attempts = join(folder, 'attempts')
    const folders = new AttemptFolders(attempts)
    await folders.prepare()
    const engines = new EnginePool({
      engines: 1,
      folder,
      mustReach: [attempts],
      ...(engineMemoryBytes === null ? {} : { engineMemoryBytes }),
    })
    try {
      await engines.start()
      return await work({ engines, folders })
    } finally {
      await engines.stop()
      await folders.settled()
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
