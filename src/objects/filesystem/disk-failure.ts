import { Failure, hasErrno } from '../../base/index.ts'

/** An error of the file system as a failure of ours. Failures pass unchanged. */
export function diskFailure(error: unknown): Failure {
  if (error instanceof Failure) return error
  const full = hasErrno(error, 'ENOSPC') || hasErrno(error, 'EDQUOT')
  return new Failure(full ? 'StorageFull' : 'StorageUnavailable', undefined, { cause: error })
}

/** Does something with the disk; whatever the disk fails with becomes a failure of ours. */
export async function onDisk<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    throw diskFailure(error)
  }
}
