import { existsSync } from 'node:fs'

export interface EngineUser {
  readonly uid: number
  readonly gid: number
}

/** What holds for the engines of this pool; for the log and for readiness. */
export interface Isolation {
  /** Engines have no network at all. */
  readonly withoutNetwork: boolean
  /** The user they run under; `null` when it is the server's own. */
  readonly user: EngineUser | null
}

/** One way to start an engine. Which of them this host allows is found out by trying. */
export interface Confinement extends Isolation {
  /** Put before the program's own command; empty for none. */
  readonly prefix: readonly string[]
  /** For `spawn`, where no `unshare` does it. */
  readonly spawnAs: EngineUser | null
}

const unshare = ['/usr/bin/unshare', '/bin/unshare'].find((path) => existsSync(path))

/**
 * The ways to start an engine, the safest first. As root: without network and under another user, then one of the two.
 * Otherwise: without network in a user namespace of its own, where the host allows that. The last is no isolation.
 */
export function confinements(user: EngineUser, isRoot = process.getuid?.() === 0): readonly Confinement[] {
  const none: Confinement = { withoutNetwork: false, user: null, prefix: [], spawnAs: null }
  const ways: Confinement[] = []
  if (isRoot) {
    if (unshare !== undefined) {
      const prefix = [unshare, '--net', '--setuid', `${user.uid}`, '--setgid', `${user.gid}`, '--']
      ways.push({ withoutNetwork: true, user, prefix, spawnAs: null })
    }
    ways.push({ withoutNetwork: false, user, prefix: [], spawnAs: user })
    if (unshare !== undefined) {
      ways.push({ withoutNetwork: true, user: null, prefix: [unshare, '--net', '--'], spawnAs: null })
    }
  } else if (unshare !== undefined) {
    const prefix = [unshare, '--map-current-user', '--net', '--']
    ways.push({ withoutNetwork: true, user: null, prefix, spawnAs: null })
  }
  return [...ways, none]
}
