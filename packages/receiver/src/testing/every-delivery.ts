import type { CallbackEvent } from '../events.ts'
import type { Secrets } from '../signature.ts'
import { again, type Delivery, deliveryOf, signed, tampered, unsigned } from './deliveries.ts'
import type { DocumentOptions } from './documents.ts'
import {
  taskFailed,
  taskOfWorkflow,
  taskSucceeded,
  workflowFailed,
  workflowFinished,
  workflowStarted,
} from './samples.ts'

/** A delivery, and what a receiver should make of it. */
export interface DeliveryCase {
  /** For the title of a test. */
  readonly name: string
  readonly delivery: Delivery
  /**
   * - `handled`: answered 2xx, and the event is handled.
   * - `handled before`: answered 2xx, and the event is not handled again.
   * - `refused`: answered 4xx, and nothing is handled.
   */
  readonly expected: 'handled' | 'handled before' | 'refused'
  /** What the delivery says; `null` where that is not for a receiver to look at. */
  readonly event: CallbackEvent | null
}

const anotherSecret = `whsec_${btoa('another secret, which nobody has')}`
const formats = ['XML', 'JSON'] as const
const profiles = ['2025', '2023', 'live'] as const

/**
 * Every kind of delivery that a receiver meets, one after the other: every event in every format and profile, a rotation of
 * secrets, duplicates, and everything that is to be refused. Send them in this order.
 */
export async function everyDelivery({ secrets }: { readonly secrets: Secrets }): Promise<readonly DeliveryCase[]> {
  const cases: DeliveryCase[] = []
  const handled = async (name: string, event: CallbackEvent, options: DocumentOptions): Promise<void> => {
    const title = [name, ...Object.values(options)].join(', ')
    cases.push({ name: title, delivery: await deliveryOf(event, { secrets, ...options }), expected: 'handled', event })
  }
  for (const format of formats) {
    for (const profile of profiles) {
      await handled('a job that went well', taskSucceeded(), { format, profile })
      await handled('a job that failed', taskFailed(), { format, profile })
      await handled('a job of a workflow', taskOfWorkflow(), { format, profile })
    }
    await handled('a run that has begun', workflowStarted(), { format })
    await handled('a run that went well', workflowFinished(), { format })
    await handled('a run that failed', workflowFailed(), { format })
  }
  return [...cases, ...(await repetitions(secrets)), ...(await refusals(secrets))]
}

async function repetitions(secrets: Secrets): Promise<DeliveryCase[]> {
  const event = taskSucceeded()
  const rotating = [anotherSecret, ...(typeof secrets === 'string' ? [secrets] : secrets)]
  const first = await deliveryOf(event, { secrets: rotating, format: 'JSON' })
  return [
    { name: 'signed with a new secret and the old one', delivery: first, expected: 'handled', event },
    { name: 'the same bytes once more', delivery: first, expected: 'handled before', event },
    { name: 'the next attempt', delivery: await again(first, { secrets }), expected: 'handled before', event },
  ]
}

async function refusals(secrets: Secrets): Promise<DeliveryCase[]> {
  const event = taskSucceeded()
  const right = await deliveryOf(event, { secrets })
  const away = (seconds: number) => deliveryOf(event, { secrets, sentAt: new Date(Date.now() + seconds * 1000) })
  const changed = (header: string, value: string): Delivery => ({
    ...right,
    headers: { ...right.headers, [header]: value },
  })
  const refused: Record<string, Delivery> = {
    'no signature': unsigned(right),
    'an empty signature': changed('webhook-signature', 'v1,'),
    'a signature of another secret': await deliveryOf(event, { secrets: anotherSecret }),
    'a signature of an unknown version': changed(
      'webhook-signature',
      right.headers['webhook-signature']!.replaceAll('v1,', 'v2,'),
    ),
    'a body that was changed': tampered(right),
    'another id': changed('webhook-id', 'evt_00000000000000000000000000000000'),
    'another time': changed('webhook-timestamp', String(Math.floor(Date.now() / 1000) - 1)),
    'a time that is none': changed('webhook-timestamp', 'now'),
    'ten minutes old': await away(-600),
    'ten minutes in the future': await away(600),
    'neither XML nor JSON': await signed('EventName=TaskFinish', { secrets }),
    'XML that is not well-formed': await signed(right.body.slice(0, -3), { secrets }),
    'an unknown event': await signed('{"EventName":"TransCodingFinish"}', { secrets }),
  }
  return Object.entries(refused).map(([name, delivery]) => ({ name, delivery, expected: 'refused', event: null }))
}
