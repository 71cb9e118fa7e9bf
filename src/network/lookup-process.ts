import { lookup } from 'node:dns'

/** What is asked of this process. */
export interface LookupQuestion {
  readonly id: number
  readonly name: string
}

/** And what it says. */
export interface LookupAnswer {
  readonly id: number
  /** `null` when there is none. */
  readonly addresses: readonly { readonly address: string; readonly family: number }[] | null
  /** Of the error, when there are none. */
  readonly code: string | null
}

// A process of its own, for look-ups that would wait behind those that hang: see `LookupHelper`.
process.on('message', ({ id, name }: LookupQuestion) => {
  lookup(name, { all: true, verbatim: true }, (error, addresses) => {
    const answer: LookupAnswer = { id, addresses: error === null ? addresses : null, code: error?.code ?? null }
    if (process.connected) process.send!(answer)
  })
})
// An ordinary exit would wait for the look-ups that hang.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
