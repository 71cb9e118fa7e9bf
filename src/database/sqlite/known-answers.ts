import type { Call } from '../stores-by-call.ts'

/** Keys come from strangers. */
const MOST_KEPT = 1_000

/**
 * Answers about rows that whoever gives pictures asks for again and again, kept until something is written. Everything that
 * is written in this ledger is sent from here, so as long as nothing has been, the answer would be the same; and nobody
 * waits for another thread, which on a busy machine is most of what a picture takes that has been made before.
 */
export class KnownAnswers {
  readonly #answers = new Map<string, unknown>()
  #writing = 0
  /** How often something has been sent to be written. */
  #sent = 0

  /** To be told of everything that may write, until it is answered. */
  async whileWriting<Value>(write: () => Promise<Value>): Promise<Value> {
    this.#answers.clear()
    this.#sent += 1
    this.#writing += 1
    try {
      return await write()
    } finally {
      this.#writing -= 1
    }
  }

  /** Whether something that was sent has not been answered. */
  get isSomebodyWriting(): boolean {
    return this.#writing > 0
  }

  /** What is known, or what `ask` tells. Answers are shared and frozen. */
  async to(call: Call, ask: () => Promise<unknown>): Promise<unknown> {
    if (!isAskedAgain(call) || this.isSomebodyWriting) return ask()
    const question = JSON.stringify([call.store, call.method, ...call.args])
    const known = this.#answers.get(question)
    if (known !== undefined) return known
    const sentBefore = this.#sent
    const answer = await ask()
    // What is not there is asked for anew: `null` is short, and such names are without number.
    if (this.#sent === sentBefore && answer !== null) this.#keep(question, deepFrozen(answer))
    return answer
  }

  #keep(question: string, answer: unknown): void {
    this.#answers.delete(question)
    this.#answers.set(question, answer)
    if (this.#answers.size <= MOST_KEPT) return
    for (const oldest of this.#answers.keys()) {
      this.#answers.delete(oldest)
      return
    }
  }
}

/** What a request for a picture asks; of an object to be read, without its bytes. */
function isAskedAgain({ store, method, args }: Call): boolean {
  if (store === 'styles') return method === 'findStyles'
  if (store !== 'objects') return false
  return method === 'findToRead' ? args[2] === 0 : method === 'findObject' || method === 'findBucket'
}

function deepFrozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) deepFrozen(part)
  return Object.freeze(value)
}
