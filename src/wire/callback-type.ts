import { invalid, textField } from './fields.ts'
import type { XmlElement } from './xml/element.ts'

/**
 * Checks the way in which a callback is to be sent (`CallBackType`, `NotifyConfig/Type`). The protocol also knows
 * message queues of its cloud; this server has none, and accepting the field would lose every message.
 */
export function refuseOtherTypesThanUrl(root: XmlElement, path: string): 'Url' | null {
  const type = textField(root, path)
  if (type === null) return null
  const word = type.toLowerCase()
  if (word === 'url') return 'Url'
  if (word === 'tdmq' || word === 'kafka') {
    throw invalid(`${path} is "${word === 'tdmq' ? 'TDMQ' : 'Kafka'}", which this server does not offer; expected Url.`)
  }
  throw invalid(`${path} is ${JSON.stringify(type.slice(0, 80))}, expected Url.`)
}
