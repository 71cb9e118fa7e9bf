import type { ApiCall, ApiRoute } from './route.ts'

/**
 * Whether the one who asks may have a call carried out in the bucket it is about; a call about none needs the permission
 * in every bucket, unless its route picks out itself what the one who asks may see.
 *
 * @throws Failure `AccessDenied`
 */
export function checkPermission(route: Pick<ApiRoute<never>, 'permission' | 'picksOut'>, call: ApiCall): void {
  const bucket = bucketOf(call)
  if (bucket === null && route.picksOut === true) return
  call.exchange.requester.require(route.permission, bucket)
}

function bucketOf({ path, query, body }: ApiCall): string | null {
  for (const part of [path, query, body]) {
    if (typeof part !== 'object' || part === null || !Object.hasOwn(part, 'bucket')) continue
    const { bucket } = part as { bucket: unknown }
    if (typeof bucket === 'string') return bucket
  }
  return null
}
