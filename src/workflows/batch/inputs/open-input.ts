import type { ObjectStore } from '../../../objects/index.ts'
import type { Batch } from '../batch.ts'
import type { BatchStore } from '../batch-store.ts'
import type { InputReader } from './input-reader.ts'
import { keyPrefixOf } from './key-prefix-of.ts'
import type { ListFilePorts } from './list-file.ts'
import { manifestReader } from './manifest-reader.ts'
import { objectReader } from './object-reader.ts'
import { prefixReader } from './prefix-reader.ts'
import { urlListReader } from './url-list-reader.ts'

/** Where lists are read from. */
export interface InputPorts extends ListFilePorts {
  readonly objects: Pick<ObjectStore, 'findObject' | 'listObjects'>
  readonly batches: Pick<BatchStore, 'countKeys'>
}

/** A reader of a batch's list. Nothing is read before it is asked. */
export function openInput(
  ports: InputPorts,
  batch: Pick<Batch, 'id' | 'bucket' | 'input' | 'createdAt' | 'timeInterval'>,
): InputReader {
  const { bucket } = batch
  const { kind, value } = batch.input
  switch (kind) {
    case 'Prefix':
      return prefixReader(ports, bucket, keyPrefixOf(value), batch)
    case 'Object':
      return objectReader(ports.objects, bucket, value)
    case 'UrlFile':
      return urlListReader(ports, bucket, value)
    case 'Manifest':
      return manifestReader(ports, bucket, value)
  }
}
