import type { Exchange } from './exchange.ts'

/**
 * Whether results may be written where a request wants them. To its own bucket they may: that goes with submitting.
 *
 * @param own the bucket that the request is about
 * @throws Failure `AccessDenied` naming the first bucket that whoever asks may not write to
 */
export function requireOutputs(
  { requester }: Pick<Exchange, 'requester'>,
  own: string | null,
  outputs: readonly { readonly bucket: string }[],
): void {
  for (const { bucket } of outputs) {
    if (bucket !== own) requester.require('write', bucket)
  }
}
