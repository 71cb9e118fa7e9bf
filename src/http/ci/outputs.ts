import type { Exchange } from '../exchange.ts'

/**
 * Whether results may be written where a request wants them. To its own bucket they may: that goes with submitting.
 *
 * @throws Failure `AccessDenied` naming the first bucket that whoever asks may not write to
 */
export function requireOutputs(exchange: Exchange, outputs: readonly { readonly bucket: string }[]): void {
  for (const { bucket } of outputs) {
    if (bucket !== exchange.bucket) exchange.requester.require('write', bucket)
  }
}
