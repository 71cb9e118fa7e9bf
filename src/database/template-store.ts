import { Failure, newId } from '../base/index.ts'
import type { TemplateStore } from '../jobs/index.ts'
import type { TemplateRequest } from '../wire/index.ts'
import type { Ledger } from './ledger.ts'
import { afterTheLast } from './queries/after-the-last.ts'
import { lockBucket } from './queries/lock-bucket.ts'
import { templateFromRow } from './rows.ts'

const TAG = 'PicProcess'

export function sqlTemplateStore(ledger: Ledger): TemplateStore {
  const { db, now } = ledger
  const refuseTakenName = async (bucket: string, name: string, exceptId: string | null): Promise<void> => {
    const taken = await db
      .selectFrom('templates')
      .select('id')
      .where('bucket', '=', bucket)
      .where('tag', '=', TAG)
      .where('name', '=', name)
      .executeTakeFirst()
    if (taken !== undefined && taken.id !== exceptId) {
      throw new Failure('TemplateNameTaken', `Name is "${name}", which the template ${taken.id} has already.`)
    }
  }
  const columns = ({ name, picProcess }: TemplateRequest) => ({
    name,
    is_pic_info: picProcess.isPicInfo ? 1 : 0,
    process_rule: picProcess.processRule,
  })
  const notFound = (bucket: string, id: string) =>
    new Failure('TemplateNotFound', `There is no template ${id} in the bucket ${bucket}.`)

  return {
    async createTemplate(bucket, body, maxTemplates = null) {
      await lockBucket(ledger, bucket)
      await refuseTakenName(bucket, body.name, null)
      const { count } = await db
        .selectFrom('templates')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('bucket', '=', bucket)
        .executeTakeFirstOrThrow()
      if (maxTemplates !== null && count >= maxTemplates) {
        throw new Failure(
          'TemplateLimitReached',
          `The bucket ${bucket} has ${count} templates, at most ${maxTemplates} are allowed (PIXMILL_MAX_TEMPLATES).`,
        )
      }
      const at = await afterTheLast(ledger, 'templates', bucket)
      const row = { id: newId.template(), bucket, tag: TAG, ...columns(body), created_at: at, updated_at: at }
      await db.insertInto('templates').values(row).execute()
      return templateFromRow(row)
    },

    async replaceTemplate(bucket, id, body) {
      await refuseTakenName(bucket, body.name, id)
      const row = await db
        .updateTable('templates')
        .set({ ...columns(body), updated_at: now() })
        .where('bucket', '=', bucket)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst()
      if (row === undefined) throw notFound(bucket, id)
      return templateFromRow(row)
    },

    async deleteTemplate(bucket, id) {
      const row = await db
        .deleteFrom('templates')
        .where('bucket', '=', bucket)
        .where('id', '=', id)
        .returning('id')
        .executeTakeFirst()
      if (row === undefined) throw notFound(bucket, id)
    },

    async findTemplates(bucket, ids) {
      if (ids.length === 0) return []
      const rows = await db
        .selectFrom('templates')
        .selectAll()
        .where('bucket', '=', bucket)
        .where('id', 'in', [...new Set(ids)])
        .execute()
      const byId = new Map(rows.map((row) => [row.id, templateFromRow(row)]))
      return ids.flatMap((id) => byId.get(id) ?? [])
    },

    async listTemplates({ bucket, prefix, offset, limit }) {
      let templates = db.selectFrom('templates').where('bucket', '=', bucket)
      if (prefix !== null) {
        templates = templates.where((eb) =>
          eb(eb.fn('substr', ['name', eb.lit(1), eb.val([...prefix].length)]), '=', prefix),
        )
      }
      const { total } = await templates.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
      const rows = await templates.selectAll().orderBy('created_at').orderBy('id').limit(limit).offset(offset).execute()
      return { items: rows.map(templateFromRow), total }
    },
  }
}
