import { type DeliveryId, Failure, type ReceiverId } from '../../base/index.ts'
import {
  DELIVERY_STATES,
  type DeliveryDesk,
  type DeliveryFilter,
  type DeliveryState,
  findReceiverOf,
  maskUrl,
} from '../../callbacks/index.ts'
import { readTime, said } from '../../wire/index.ts'
import { readToken, writeToken } from '../list-token.ts'
import { refusal } from './check-value.ts'
import { deliveryInFullJson, deliveryInFullSchema, deliveryJson, deliverySchema } from './delivery-json.ts'
import { pageJson, pageSchema } from './page.ts'
import { route } from './route.ts'
import { always, type JsonSchema, nullable } from './schema.ts'

export interface DeliveryDeps {
  readonly deliveryDesk: DeliveryDesk
}

/** What a list or a resend is told of the deliveries it is about. */
interface FilterAsked {
  readonly state?: readonly DeliveryState[]
  readonly queue?: string
  readonly subject?: string
  readonly receiver?: string
  readonly from?: string
  readonly until?: string
  readonly after?: string
  readonly limit: number
}

const filterFields: Readonly<Record<string, { readonly schema: JsonSchema; readonly says: string }>> = {
  state: {
    schema: { type: 'array', items: { type: 'string', enum: DELIVERY_STATES } },
    says: 'Only those in these states.',
  },
  queue: {
    schema: { type: 'string', maxLength: 128 },
    says: "Only those of this queue: that of the job, or of the run's jobs.",
  },
  subject: { schema: { type: 'string', maxLength: 128 }, says: 'Only those that speak of this job or run.' },
  receiver: {
    schema: { type: 'string', maxLength: 2048 },
    says: 'Only those to this receiver: its id, or an address of it.',
  },
  from: { schema: { type: 'string', format: 'date-time' }, says: 'Only those whose event was then or later.' },
  until: { schema: { type: 'string', format: 'date-time' }, says: 'Only those whose event was before that time.' },
  after: { schema: { type: 'string', maxLength: 200 }, says: 'The `next` of the answer before.' },
}

const MOST_RESENT = 500
const deliveryPath = { deliveryId: { says: 'The id of a delivery.' } }
type Named = { path: { deliveryId: string } }

export const deliveryRoutes = [
  route<DeliveryDeps, { query: FilterAsked }>({
    method: 'GET',
    path: '/-/api/deliveries',
    name: 'listDeliveries',
    subject: 'deliveries',
    summary: 'What was sent and is to be sent, the newest first.',
    description: 'A page may be short, or empty, and have more behind it: `next` tells.',
    permission: 'read',
    query: {
      ...filterFields,
      limit: {
        schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
        says: 'How many entries a page has at most.',
      },
    },
    answer: { says: 'A page of deliveries.', schema: pageSchema('deliveries', deliverySchema) },
    async carryOut({ query, answer }, { deliveryDesk }) {
      const page = await deliveryDesk.listDeliveries(filterOf(query), placeOf(query), query.limit)
      await answer(pageJson('deliveries', page.items.map(deliveryJson), page.next))
    },
  }),
  route<DeliveryDeps, Named>({
    method: 'GET',
    path: '/-/api/deliveries/{deliveryId}',
    name: 'showDelivery',
    subject: 'deliveries',
    summary: 'One delivery, with its attempts and its body.',
    permission: 'read',
    pathParameters: deliveryPath,
    answer: { says: 'The delivery.', schema: deliveryInFullSchema },
    async carryOut({ path, answer }, { deliveryDesk }) {
      const delivery = await deliveryDesk.findDelivery(path.deliveryId as DeliveryId)
      if (delivery === null) {
        throw new Failure('DeliveryNotFound', `There is no delivery ${said(path.deliveryId)}.`)
      }
      await answer(deliveryInFullJson(delivery))
    },
  }),
  route<DeliveryDeps, Named>({
    method: 'POST',
    path: '/-/api/deliveries/{deliveryId}/resend',
    name: 'resendDelivery',
    subject: 'deliveries',
    summary: 'Send a delivery again, now, with a round of attempts of its own.',
    description: 'Its body and its `webhook-id` stay what they are, so a receiver knows it again.',
    permission: 'administer',
    pathParameters: deliveryPath,
    answer: { says: 'The delivery, which is due now.', schema: deliveryInFullSchema },
    async carryOut({ path, answer }, { deliveryDesk }) {
      await answer(deliveryInFullJson(await deliveryDesk.resendDelivery(path.deliveryId as DeliveryId)))
    },
  }),
  route<DeliveryDeps, { body: FilterAsked }>({
    method: 'POST',
    path: '/-/api/deliveries/resend',
    name: 'resendDeliveries',
    subject: 'deliveries',
    summary: 'Send all that fit a filter again, some hundred with each call.',
    description:
      'Call it again with `after` until `next` is `null`. What cannot be sent again is passed over: it is being sent right now, its body is kept no longer, or its receiver is switched off.',
    permission: 'administer',
    body: {
      schema: {
        type: 'object',
        properties: {
          ...Object.fromEntries(
            Object.entries(filterFields).map(([name, { schema, says }]) => [name, { ...schema, description: says }]),
          ),
          // What to send again is never left to be guessed: none named would be all of them.
          state: { ...filterFields.state!.schema, minItems: 1, description: filterFields.state!.says },
          limit: {
            type: 'integer',
            minimum: 1,
            maximum: MOST_RESENT,
            description: `How many one call looks at; ${MOST_RESENT} unless told.`,
          },
        },
        required: ['state'],
      },
    },
    answer: {
      says: 'What this call did.',
      schema: always({
        resent: { type: 'integer', minimum: 0 },
        passedOver: { type: 'integer', minimum: 0 },
        next: nullable({ type: 'string', description: 'For `after`; `null` when nothing is left.' }),
      }),
    },
    async carryOut({ body, answer }, { deliveryDesk }) {
      const done = await deliveryDesk.resendDeliveries(filterOf(body), placeOf(body), body.limit ?? MOST_RESENT)
      await answer({ resent: done.resent, passedOver: done.passedOver, next: writeToken(done.next) })
    },
  }),
  route<DeliveryDeps, Named>({
    method: 'POST',
    path: '/-/api/deliveries/{deliveryId}/cancel',
    name: 'cancelDelivery',
    subject: 'deliveries',
    summary: 'Give a delivery up.',
    description: 'It stays to be looked at, and can be sent again.',
    permission: 'administer',
    pathParameters: deliveryPath,
    answer: { says: 'The delivery.', schema: deliveryInFullSchema },
    async carryOut({ path, answer }, { deliveryDesk }) {
      await answer(deliveryInFullJson(await deliveryDesk.cancelDelivery(path.deliveryId as DeliveryId)))
    },
  }),
]

function filterOf({ state, queue, subject, receiver, ...times }: FilterAsked): DeliveryFilter {
  const from = times.from === undefined ? null : readTime('from', times.from)
  const until = times.until === undefined ? null : readTime('until', times.until)
  // Nothing fits it, and whoever has mixed the two up would take that for an answer.
  if (from !== null && until !== null && until <= from) {
    throw refusal('until', times.until, `a time after from, which is ${said(times.from!)}`)
  }
  return {
    states: state === undefined || state.length === 0 ? null : state,
    queueId: queue ?? null,
    subject: subject ?? null,
    receiver: receiver === undefined ? null : receiverIdOf(receiver),
    from,
    until,
  }
}

function placeOf({ after }: FilterAsked) {
  return after === undefined ? null : readToken(after, 'after', 'next')
}

/** Of an id, or of an address with or without its query. @throws Failure `InvalidArgument` when it is neither */
export function receiverIdOf(idOrAddress: string, field = 'receiver'): ReceiverId {
  if (idOrAddress.startsWith('rcv_')) return idOrAddress as ReceiverId
  const receiver = findReceiverOf(idOrAddress)
  if (receiver !== null) return receiver.id
  throw refusal(
    field,
    maskUrl(idOrAddress),
    'the id of a receiver, or an address of it such as https://hooks.example/pixmill',
  )
}
