/** Real-time requests have somebody waiting on a connection; jobs do not. */
export type RequestClass = 'realtime' | 'job'

/**
 * The line in front of the engines. Within a class the order is that of coming; while both classes want slots,
 * real-time gets three of every four.
 */
export class Line<Request extends { readonly class: RequestClass }> {
  readonly #waiting: { readonly [Class in RequestClass]: Request[] } = { realtime: [], job: [] }
  #sinceJob = 0

  get length(): number {
    return this.#waiting.realtime.length + this.#waiting.job.length
  }

  count(of: RequestClass): number {
    return this.#waiting[of].length
  }

  add(request: Request): void {
    this.#waiting[request.class].push(request)
  }

  /** Before all others of its class: what had its turn and has to be done again. */
  putBack(request: Request): void {
    this.#waiting[request.class].unshift(request)
  }

  remove(request: Request): boolean {
    const waiting = this.#waiting[request.class]
    const at = waiting.indexOf(request)
    if (at !== -1) waiting.splice(at, 1)
    return at !== -1
  }

  /**
   * Whose turn the next free slot is. A job's turn may come while no job stands here, because jobs are fetched from
   * elsewhere when there is room for them.
   *
   * @param jobsElsewhere whether jobs wait outside of this line
   */
  turn(jobsElsewhere: boolean): RequestClass | null {
    const realtime = this.#waiting.realtime.length > 0
    const job = this.#waiting.job.length > 0 || (realtime && jobsElsewhere)
    if (realtime && job) return this.#sinceJob >= 3 ? 'job' : 'realtime'
    if (realtime) return 'realtime'
    return job ? 'job' : null
  }

  /** A slot went to this class. */
  noteGiven(given: RequestClass): void {
    this.#sinceJob = given === 'job' ? 0 : this.#sinceJob + 1
  }

  next(of: RequestClass): Request | undefined {
    return this.#waiting[of].shift()
  }

  /** Everybody, out of the line. */
  clear(): Request[] {
    return [...this.#waiting.realtime.splice(0), ...this.#waiting.job.splice(0)]
  }
}
