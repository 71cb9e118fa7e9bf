import { Failure } from '../base/index.ts'
import type { WireDocument } from './document.ts'
import { booleanField, fields, rawTextField, textField } from './fields.ts'
import { readBody } from './request-body.ts'

/** How many objects one request may delete. */
const MOST_DELETED = 1_000

/** A list of objects to delete. */
export interface DeletionRequest {
  /** As they stand, blanks at their ends included. */
  readonly objects: readonly { readonly key: string; readonly versionId: string }[]
  /** Whether only failures are to be told. */
  readonly isQuiet: boolean
}

/** @throws Failure `MissingContent`, `InvalidContent` (also for no object and for more than a thousand), `InvalidArgument` */
export function readDeletion(body: Uint8Array): DeletionRequest {
  const root = readBody(body, 'Delete')
  const objects = fields(root, 'Object')
  if (objects.length === 0 || objects.length > MOST_DELETED) {
    throw new Failure('InvalidContent', `The body names ${objects.length} objects, expected 1 to ${MOST_DELETED}.`)
  }
  return {
    isQuiet: booleanField(root, 'Quiet') ?? false,
    objects: objects.map((object) => ({
      key: rawTextField(object, 'Key') ?? '',
      versionId: textField(object, 'VersionId') ?? '',
    })),
  }
}

export interface DeletionFailure {
  readonly key: string
  readonly code: string
  readonly message: string
}

export function deletionDocument(deleted: readonly string[], failed: readonly DeletionFailure[]): WireDocument {
  return {
    root: 'DeleteResult',
    content: {
      Deleted: deleted.map((key) => ({ Key: key })),
      Error: failed.map(({ key, code, message }) => ({ Key: key, Code: code, Message: message })),
    },
  }
}
