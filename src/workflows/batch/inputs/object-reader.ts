import { Failure } from '../../../base/index.ts'
import type { ObjectStore } from '../../../objects/index.ts'
import { said } from '../../../wire/index.ts'
import type { InputReader } from './input-reader.ts'

/** A list of one. */
export function objectReader(objects: Pick<ObjectStore, 'findObject'>, bucket: string, key: string): InputReader {
  return {
    async read(from) {
      if (from !== null) return { entries: [], next: { isRead: true }, isLast: true, read: 1 }
      if ((await objects.findObject(bucket, key)) === null) {
        throw new Failure('ObjectNotFound', `Input.Object is ${said(key)}, and there is no such object.`)
      }
      return { entries: [{ key }], next: { isRead: true }, isLast: true, read: 1 }
    },
    async measure() {
      return 1
    },
    async close() {},
  }
}
