import { field, invalid, named, textField } from './fields.ts'
import { said } from './said.ts'
import type { XmlElement } from './xml/element.ts'

/** Where the parts of a callback's setting stand. */
export interface CallbackPaths {
  readonly type: string
  readonly url: string
  /** What only a message queue needs. */
  readonly brokers: readonly string[]
}

/** The setting of a job. @param prefix in front of each, for instance `Operation/` */
export function jobCallbackPaths(prefix = ''): CallbackPaths {
  return {
    type: `${prefix}CallBackType`,
    url: `${prefix}CallBack`,
    brokers: [`${prefix}CallBackMqConfig`, `${prefix}CallBackKafkaConfig`],
  }
}

/** The setting of a queue or of a workflow. */
export function notifyPaths(path: string): CallbackPaths {
  return {
    type: `${path}/Type`,
    url: `${path}/Url`,
    brokers: [`${path}/MqRegion`, `${path}/MqName`, `${path}/KafkaConfig`],
  }
}

/**
 * Checks the way in which a callback is to be sent (`CallBackType`, `NotifyConfig.Type`). The protocol also knows
 * message queues of its cloud; this server has none, and accepting the field would lose every message. A broker that is
 * described with neither a type nor an address is refused too: who wrote that waits for messages.
 */
export function refuseOtherTypesThanUrl(root: XmlElement, { type: path, url, brokers }: CallbackPaths): 'Url' | null {
  const type = textField(root, path)
  if (type === null) {
    if (textField(root, url) !== null) return null
    const broker = brokers.find((one) => saysSomething(field(root, one)))
    if (broker === undefined) return null
    throw invalid(
      broker,
      `describes a message queue, which this server does not send to; expected an address in ${named(url)}.`,
    )
  }
  const word = type.toLowerCase()
  if (word === 'url') return 'Url'
  if (word === 'tdmq' || word === 'kafka') {
    throw invalid(path, `is "${word === 'tdmq' ? 'TDMQ' : 'Kafka'}", which this server does not offer; expected Url.`)
  }
  throw invalid(path, `is ${said(type)}, expected Url.`)
}

/** Whether there is any text in it: some SDKs send a tree of empty elements for what they do not fill. */
function saysSomething(element: XmlElement | null): boolean {
  return element !== null && (element.text.trim() !== '' || element.children.some(saysSomething))
}
