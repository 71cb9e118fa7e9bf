import type { SecretOwner } from '../../callbacks/index.ts'
import type { Ledger } from '../ledger.ts'

/** The name under which the secrets of an owner are kept. */
export function purposeOf(owner: SecretOwner): string {
  return owner.kind === 'server' ? 'webhook' : `webhook ${owner.kind} ${owner.id}`
}

export function ownerOf(purpose: string): SecretOwner {
  const [, kind, id] = purpose.split(' ')
  return kind === 'queue' || kind === 'workflow' ? { kind, id: id! } : { kind: 'server' }
}

/** Takes away the secrets of queues or workflows, because somebody says so or because they are gone. */
export async function dropSecrets(
  ledger: Ledger,
  owners: readonly Exclude<SecretOwner, { kind: 'server' }>[],
): Promise<number> {
  if (owners.length === 0) return 0
  const rows = await ledger.db
    .deleteFrom('secrets')
    .where('purpose', 'in', owners.map(purposeOf))
    .returning('purpose')
    .execute()
  if (rows.length > 0) ledger.wake('signing')
  return rows.length
}
