import type { CompiledQuery, Kysely } from 'kysely'
import type { Ledger } from './ledger.ts'
import type { Tables } from './tables.ts'

/** A statement as an engine takes it. Where a value of a call belongs, its parameters have a stand-in. */
export type BuiltStatement = Pick<CompiledQuery, 'sql' | 'parameters'>

/** What a statement gave: its rows, and how many were written. */
export interface Answer {
  readonly rows: readonly unknown[]
  readonly changes: number
}

type Build<Values, Row> = (
  ledger: Pick<Ledger, 'db' | 'concurrent'>,
  values: Values,
) => { compile(db: Kysely<Tables>): CompiledQuery<Row> }

/**
 * A statement that the query builder makes once and that is bound and run from then on: to build one costs several times
 * what it costs to run it, and SQLite need not look for a prepared one by its text. For what is done for every job, every upload and
 * every callback.
 *
 * `build` is a query as one would write it otherwise, but it sees stand-ins in the place of the values, and is asked again
 * only for a list of another length. So it may put values anywhere, and decide nothing by them: one that looks at a value is refused.
 */
export function statement<Values extends object, Row>(build: Build<Values, Row>): Statement<Values, Row> {
  return new Statement(build)
}

export class Statement<Values extends object, Row> {
  readonly #build: Build<Values, Row>
  readonly #onSqlite = new Map<string, Ready>()
  readonly #onPostgres = new Map<string, Ready>()

  constructor(build: Build<Values, Row>) {
    this.#build = build
  }

  /** All rows. */
  async all(ledger: Ledger, values: Values): Promise<Row[]> {
    const { rows } = await this.#run(ledger, values, 'all')
    return rows as Row[]
  }

  /** The row of a statement that gives one at most. */
  async first(ledger: Ledger, values: Values): Promise<Row | undefined> {
    const { rows } = await this.#run(ledger, values, 'first')
    return rows[0] as Row | undefined
  }

  /** How many rows were written, of a statement that gives none back. */
  async run(ledger: Ledger, values: Values): Promise<number> {
    const { changes } = await this.#run(ledger, values, 'none')
    return changes
  }

  #run(ledger: Ledger, values: Values, wanted: Wanted): Answer | Promise<Answer> {
    const { built, take } = this.#readyFor(ledger, values)
    return ledger.execute(
      built,
      take.map((from) => from(values)),
      wanted,
    )
  }

  #readyFor(ledger: Ledger, values: Values): Ready {
    const known = ledger.concurrent ? this.#onPostgres : this.#onSqlite
    const shape = shapeOf(values)
    let ready = known.get(shape)
    if (ready === undefined) {
      const built = this.#build(ledger, standInsFor(values, (from) => from) as Values).compile(ledger.db)
      ready = { built, take: built.parameters.map(takerOf) }
      if (known.size >= KEPT_SHAPES) known.delete(known.keys().next().value!)
      known.set(shape, ready)
    }
    return ready
  }
}

/** How many of its rows a statement is asked for. */
export type Wanted = 'all' | 'first' | 'none'

/** For how many lengths of its lists a statement is kept. */
const KEPT_SHAPES = 64

interface Ready {
  readonly built: BuiltStatement
  /** For each parameter, where its value comes from. */
  readonly take: readonly Take[]
}

type Take = (values: unknown) => unknown

/** The lengths of the lists. */
function shapeOf(values: object): string {
  let shape = ''
  for (const value of Object.values(values)) if (Array.isArray(value)) shape += `${value.length},`
  return shape
}

/** Lists and plain objects are gone into; everything else is a value. */
function standInsFor(value: unknown, take: Take): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => standInsFor(item, (from) => (take(from) as unknown[])[index]))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return new StandIn(take)
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      standInsFor(item, (from) => (take(from) as Record<string, unknown>)[name]),
    ]),
  )
}

class StandIn {
  readonly take: Take

  constructor(take: Take) {
    this.take = take
  }

  /** Also what a comparison, a template or `JSON.stringify` would do with a value. */
  [Symbol.toPrimitive](): never {
    throw new TypeError('A statement is built before its values are known and may not look at them.')
  }

  toJSON(): never {
    return this[Symbol.toPrimitive]()
  }
}

function takerOf(parameter: unknown): Take {
  return parameter instanceof StandIn ? parameter.take : () => parameter
}
