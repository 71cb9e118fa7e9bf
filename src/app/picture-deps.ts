import type { Log } from '../base/index.ts'
import type { PictureDeps } from '../http/cos/index.ts'
import type { ResultCache } from '../images/index.ts'
import type { BlobStore, ObjectStore, StyleStore } from '../objects/index.ts'
import type { Settings } from '../settings/index.ts'
import type { DiskRoom } from './disk-room.ts'
import type { EngineRoom } from './engine-room.ts'
import type { PictureMaking } from './picture-making.ts'
import { picturesOnRequest } from './pictures-on-request.ts'
import { picturesToStore } from './pictures-to-store.ts'
import { saveStyle } from './save-style.ts'

export interface PictureDepsOf {
  readonly objects: ObjectStore
  readonly styles: StyleStore
  readonly blobs: BlobStore
  readonly engineRoom: EngineRoom
  readonly cache: ResultCache
  readonly making: PictureMaking
  readonly room: DiskRoom
}

/** What the door for objects needs to give and to store pictures made of them. */
export function pictureDepsOf(
  { jobDeadlineMs: deadlineMs, styleSeparators }: Settings,
  { objects, styles, blobs, engineRoom, cache, making, room }: PictureDepsOf,
  log: Log,
): PictureDeps {
  const { engines, folders, ready: enginesReady } = engineRoom
  const shared = { blobs, engines, folders, enginesReady, deadlineMs, ...making }
  return {
    onRequest: picturesOnRequest({ ...shared, cache, log }),
    toStore: picturesToStore({ ...shared, objects, checkRoom: () => room.check() }),
    styles,
    saveStyle: (bucket, style) => saveStyle(styles, making.inputs.bucketOfHost, bucket, style),
    styleSeparators: styleSeparators === 'none' ? '' : styleSeparators,
  }
}
