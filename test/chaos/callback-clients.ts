import { receiverOf } from '../../src/callbacks/index.ts'
import type { Clients, Source } from './clients.ts'
import type { ReceiverPath, Receivers } from './receivers.ts'

/** Nobody ever writes it: its jobs end at once, and badly. */
const missing: Source = { key: 'source/missing', kind: 'fleeting' }

/** More than a courier takes in hand of one origin. */
const MORE_THAN_IN_HAND = 40
/** A few more than open a circuit. */
const A_FEW = 8

/** Callbacks that cannot be delivered for a while, and what an operator does about them while the server is killed. */
export class CallbackClients {
  readonly #clients: Clients
  readonly #receivers: Receivers

  constructor(clients: Clients, receivers: Receivers) {
    this.#clients = clients
    this.#receivers = receivers
  }

  /** Tells a receiver that is away until its circuit is open; what comes then is put off, again and again. */
  tellWhileAway(): Promise<void> {
    return this.#tellWhileAway(A_FEW)
  }

  /** So many that a part of the line stays in the ledger, and is put off there. */
  tellManyWhileAway(): Promise<void> {
    return this.#tellWhileAway(MORE_THAN_IN_HAND)
  }

  async #tellWhileAway(count: number): Promise<void> {
    this.#receivers.goAway()
    for (let n = 0; n < count; n += 1) await this.tell('/away')
  }

  async tell(path: ReceiverPath): Promise<void> {
    await this.#clients.submit(missing, path)
  }

  /** Switches a receiver that is away off and on again: what waits is held, and so is what comes meanwhile. */
  async holdAndRelease(): Promise<void> {
    this.#receivers.goAway()
    for (let n = 0; n < 3; n += 1) await this.tell('/away')
    await this.#switch('disable')
    await this.tell('/away')
    await this.#switch('enable')
  }

  /** Sends again what a receiver did not want, once it does. */
  async resendDead(): Promise<void> {
    this.#receivers.goAway()
    await this.tell('/gone')
    const resend = { state: ['Dead'], receiver: this.#idOf('/gone') }
    await this.#untilGiven(
      `/-/api/deliveries?state=Dead&receiver=${resend.receiver}`,
      ({ deliveries }) => deliveries.length > 0,
    )
    this.#receivers.comeBack()
    await this.#untilDone('/-/api/deliveries/resend', resend)
  }

  /** Resolves when the circuit of a receiver that is away is open. */
  async untilShut(): Promise<void> {
    await this.#untilGiven(`/-/api/receivers/${this.#idOf('/away')}`, ({ restsBecause }) => restsBecause === 'answers')
  }

  #idOf(path: ReceiverPath): string {
    return receiverOf(this.#receivers.urlOf(path)).id
  }

  /** A receiver is known from its first attempts on, and some moments later. */
  #switch(how: 'disable' | 'enable'): Promise<void> {
    return this.#untilDone(`/-/api/receivers/${this.#idOf('/away')}/${how}`, {})
  }

  /** Asks again as long as nobody answers, or knows of it: whether it was done before does not matter. */
  async #untilDone(target: string, body: object): Promise<void> {
    for (;;) {
      const answer = await this.#clients.api({ method: 'POST', target, body: JSON.stringify(body) })
      if (answer?.status === 200) return
      if (answer !== null && answer.status !== 404) this.#clients.expect(answer, target, [200])
      await this.#receivers.next(100)
    }
  }

  // biome-ignore lint/suspicious/noExplicitAny: each caller knows what it asks for
  async #untilGiven(target: string, isIt: (json: any) => boolean): Promise<void> {
    for (;;) {
      const answer = await this.#clients.api({ target })
      if (answer?.status === 200 && isIt(JSON.parse(answer.text))) return
      await this.#receivers.next(100)
    }
  }
}
