import { Failure } from '../../base/index.ts'
import type { Ledger } from '../ledger.ts'

/**
 * Locks a bucket and gives its region: of two that make something in it at the same time, the second finds and counts what
 * the first one made, and is later.
 *
 * @throws Failure `BucketNotFound`
 */
export async function lockBucket({ db, concurrent }: Ledger, bucket: string): Promise<{ readonly region: string }> {
  const found = await db
    .selectFrom('buckets')
    .select('region')
    .where('name', '=', bucket)
    .$if(concurrent, (buckets) => buckets.forNoKeyUpdate())
    .executeTakeFirst()
  if (found === undefined) throw new Failure('BucketNotFound', `The bucket ${bucket} does not exist.`)
  return found
}
