import { said } from '../../wire/index.ts'
import type { BucketClient } from './bucket-client.ts'
import { ClientFailure } from './client-failure.ts'
import type { Place, ServerClient } from './server-client.ts'

/**
 * The bucket that was named, else the only one there is.
 *
 * @throws ClientFailure `BucketNotFound`, `BucketNotNamed`; the message lists those there are
 */
export async function chooseBucket(client: ServerClient, named: string | undefined): Promise<BucketClient> {
  const places = await client.buckets()
  if (named !== undefined) {
    const place = places.find(({ bucket }) => bucket === named)
    if (place !== undefined) return client.in(place)
    throw new ClientFailure('BucketNotFound', `There is no bucket ${said(named)} at ${client.url}. ${thereAre(places)}`)
  }
  if (places.length === 1) return client.in(places[0]!)
  throw new ClientFailure('BucketNotNamed', `Which bucket? Name it with --bucket. ${thereAre(places)}`)
}

function thereAre(places: readonly Place[]): string {
  if (places.length === 0) return 'The server has none yet; PIXMILL_BUCKETS makes some when it starts.'
  const names = places.slice(0, 20).map(({ bucket, region }) => `  ${bucket} (${region})`)
  const more = places.length > names.length ? [`  and ${places.length - names.length} more`] : []
  return ['The server has:', ...names, ...more].join('\n')
}
