import type { Tokens } from './tokens.ts'

/** How one value after an operation's name is written, for messages and the reference page. */
export interface ParameterForm {
  readonly name: string
  /** What may stand there, in words: `a whole number from 0 to 360`. */
  readonly values: string
  readonly meaning: string
  /** What holds when the parameter is missing; absent where it must be given. */
  readonly default?: string
}

/** How one operation is read and written. What it does to a picture is not said here but in `operations/`. */
export interface Form<Operation> {
  readonly parameters: readonly ParameterForm[]
  /** Reads what follows the name. `isName` tells whether a token is the name of something else in this stage. */
  read(tokens: Tokens, isName: (token: string) => boolean): Operation
  /** The canonical text, name included. */
  print(operation: Operation): string
}
