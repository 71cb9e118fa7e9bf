import { InvalidArgumentError } from 'commander'

/** For an argument that is the id of a delivery: it becomes a part of a path, so nothing else may. */
export function deliveryId(text: string): string {
  if (/^dlv_\w{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('Expected the id of a delivery, such as dlv_0195566e1b2000000123456789abcdef.')
}

/** The same for an argument that takes several. */
export function deliveryIds(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, deliveryId(text)]
}
