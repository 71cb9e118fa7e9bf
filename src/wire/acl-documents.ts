import type { DocumentTree, WireDocument } from './document.ts'
import { fields, textField } from './fields.ts'
import { appIdOf } from './owner-tree.ts'
import { readBody } from './request-body.ts'

/** Everybody, as the protocol writes it. Other hosts with this path are taken for it too. */
const EVERYBODY = 'http://cam.qcloud.com/groups/global/AllUsers'
const EVERYBODY_PATH = '/groups/global/AllUsers'

/** What everybody may do, who has no key. */
export interface PublicRights {
  readonly read: boolean
  readonly write: boolean
}

/**
 * Who may do what: the owner everything, everybody what is said. Attributes are here because the Java SDK tells a person
 * from a group by them.
 */
export function aclDocument(bucket: string, rights: PublicRights): WireDocument {
  const id = `qcs::cam::uin/${appIdOf(bucket)}:uin/${appIdOf(bucket)}`
  const owner = { ID: id, DisplayName: id }
  const everybody = (permission: string): DocumentTree => ({
    Grantee: { ...grantee('Group'), URI: EVERYBODY },
    Permission: permission,
  })
  return {
    root: 'AccessControlPolicy',
    content: {
      Owner: owner,
      AccessControlList: {
        Grant: [
          { Grantee: { ...grantee('CanonicalUser'), ...owner }, Permission: 'FULL_CONTROL' },
          ...(rights.read ? [everybody('READ')] : []),
          ...(rights.write ? [everybody('WRITE')] : []),
        ],
      },
    },
  }
}

function grantee(type: string): DocumentTree {
  return { '@xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance', '@xsi:type': type }
}

/**
 * What a policy grants to everybody; what it grants to other accounts means nothing here.
 *
 * @throws Failure `MissingContent`, `InvalidContent`, `InvalidArgument`
 */
export function readAcl(body: Uint8Array): PublicRights {
  const root = readBody(body, 'AccessControlPolicy')
  const granted = new Set<string>()
  for (const grant of fields(root, 'AccessControlList/Grant')) {
    const uri = textField(grant, 'Grantee/URI') ?? ''
    if (uri.endsWith(EVERYBODY_PATH)) granted.add(textField(grant, 'Permission') ?? '')
  }
  const isFull = granted.has('FULL_CONTROL')
  return { read: isFull || granted.has('READ'), write: isFull || granted.has('WRITE') }
}
