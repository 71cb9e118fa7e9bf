/** What a sink is given: everything that goes over the wire, already signed. */
export interface Message {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** What came back. `error` is set when no complete status arrived. */
export interface SinkAnswer {
  readonly address: string | null
  /** Whether a connection stood: what went wrong after that is the receiver's, and no matter of the way there. */
  readonly reached: boolean
  readonly status: number | null
  /** Of the answer, by lower-case name; only those a courier may act on. */
  readonly headers: Readonly<Record<string, string>>
  /** The first bytes of the answer, as text. */
  readonly answer: string
  readonly error: string | null
}

/** A way to carry an event to a receiver. Never throws: whatever goes wrong is an answer with an `error`. */
export interface Sink {
  send(message: Message, signal: AbortSignal): Promise<SinkAnswer>
  close(): Promise<void>
}
