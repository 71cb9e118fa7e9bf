import { sql } from 'kysely'
import type { ReceiverId } from '../../base/index.ts'
import type { Ledger } from '../ledger.ts'
import { statement } from '../statement.ts'

const off = statement(({ db }, { id }: { id: string }) =>
  db.selectFrom('receivers').select('id').where('id', '=', id).where('is_enabled', '=', sql.lit(0)),
)

/** Whether nothing is sent to a receiver, because somebody or its failures switched it off. */
export async function isSwitchedOff(ledger: Ledger, id: ReceiverId): Promise<boolean> {
  return (await off.first(ledger, { id })) !== undefined
}
