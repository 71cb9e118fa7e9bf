import {
  type Attempt,
  DELIVERY_STATES,
  type DeliveryFacts,
  type DeliveryInFull,
  type DeliverySummary,
  maskUrl,
} from '../../callbacks/index.ts'
import { always, type JsonSchema, moment, nullable, timeOf } from './schema.ts'

/** A delivery in a list. Secrets in its address are not shown. */
export function deliveryJson(delivery: DeliverySummary) {
  const { attempts, lastAttempt } = delivery
  return { ...factsJson(delivery), attempts, lastAttempt: lastAttempt === null ? null : attemptJson(lastAttempt) }
}

/** A delivery with all that is known of it. */
export function deliveryInFullJson(delivery: DeliveryInFull) {
  const { attempts, body } = delivery
  return {
    ...factsJson(delivery),
    attempts: attempts.map(attemptJson),
    body: body === null ? null : Buffer.from(body).toString('utf8'),
  }
}

function factsJson(facts: DeliveryFacts) {
  return {
    deliveryId: facts.id,
    eventId: facts.eventId,
    event: facts.eventName,
    subject: facts.subject,
    state: facts.state,
    url: maskUrl(facts.url),
    receiver: facts.receiver,
    queue: facts.queueId,
    workflow: facts.workflowId,
    contentType: facts.contentType,
    createTime: timeOf(facts.createdAt),
    dueTime: timeOf(facts.dueAt),
    endTime: timeOf(facts.endedAt),
  }
}

function attemptJson({ startedAt, durationMs, address, status, answer, error }: Attempt) {
  return { startTime: timeOf(startedAt), durationMs, address, status, answer, error }
}

const text: JsonSchema = { type: 'string' }

const attemptSchema = always({
  startTime: moment,
  durationMs: { type: 'integer', minimum: 0 },
  address: nullable({ type: 'string', description: 'The address that was dialled; `null` when none was.' }),
  status: nullable({ type: 'integer', description: 'What the receiver answered; `null` when it did not.' }),
  answer: { type: 'string', description: 'The first 1 KiB of its answer.' },
  error: nullable({ type: 'string', description: 'What went wrong, in words; `null` on success.' }),
})

const facts: Readonly<Record<string, JsonSchema>> = {
  deliveryId: { type: 'string', examples: ['dlv_0195566e1b2000000123456789abcdef'] },
  eventId: { type: 'string', description: 'The `webhook-id`, the same in every attempt.' },
  event: { type: 'string', enum: ['TaskFinish', 'WorkflowFinish', 'WorkflowStart'] },
  subject: { type: 'string', description: 'The id of the job or run that it speaks of.' },
  state: {
    type: 'string',
    enum: DELIVERY_STATES,
    description:
      '`Waiting`: due at `dueTime`. `Held`: its receiver is switched off. `Dead`: given up, and can be sent again. `Cancelled`: given up by hand.',
  },
  url: { type: 'string', description: 'Without its secrets: user, password and query are masked.' },
  receiver: nullable({ type: 'string', description: '`null` for deliveries from before receivers were known.' }),
  queue: nullable({ type: 'string', description: "The queue of the job, or of the run's jobs." }),
  workflow: nullable(text),
  contentType: text,
  createTime: moment,
  dueTime: nullable(moment),
  endTime: nullable(moment),
}

export const deliverySchema = always({
  ...facts,
  attempts: { type: 'integer', minimum: 0 },
  lastAttempt: nullable(attemptSchema),
})

export const deliveryInFullSchema = always({
  ...facts,
  attempts: { type: 'array', items: attemptSchema, description: 'In their order.' },
  body: nullable({ type: 'string', description: 'What every attempt sends; `null` when it is kept no longer.' }),
})
