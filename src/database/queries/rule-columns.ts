import type { PicProcess } from '../../wire/index.ts'
import type { Ledger } from '../ledger.ts'
import { statement } from '../statement.ts'
import type { RuleColumns } from './insert-job.ts'

const templateOf = statement(({ db }, { bucket, id }: { bucket: string; id: string }) =>
  db.selectFrom('templates').selectAll().where('bucket', '=', bucket).where('id', '=', id),
)

/** What a job keeps of a rule that was given with it. */
export function inlineRule(inline: PicProcess): RuleColumns {
  return {
    template_id: null,
    template_name: null,
    is_pic_info: inline.isPicInfo ? 1 : 0,
    process_rule: inline.processRule,
    inline_json: JSON.stringify(inline),
  }
}

/** What a job keeps of its template, as it says now; `null` when the bucket has none of this id. */
export async function templateRule(ledger: Ledger, bucket: string, id: string): Promise<RuleColumns | null> {
  const template = await templateOf.first(ledger, { bucket, id })
  if (template === undefined) return null
  return {
    template_id: template.id,
    template_name: template.name,
    is_pic_info: template.is_pic_info,
    process_rule: template.process_rule,
    inline_json: null,
  }
}
