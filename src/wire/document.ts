/**
 * What a document says, before it is XML or JSON. Both writers render the same tree, so whatever has an XML form has a
 * JSON form:
 *
 * | in the tree | XML | JSON |
 * | --- | --- | --- |
 * | text | a leaf; `''` is an empty element | a string; `''` leaves the key out, unless the document keeps them |
 * | number | its digits | a number |
 * | truth value | `true` or `false` | the same |
 * | list | the element once for each entry, no wrapper | always an array, with one entry too |
 * | `undefined` | nothing | nothing |
 * | a name that begins with `@` | an attribute of the element | only in documents without a JSON form |
 *
 * Members are written in the order in which they stand. It has no meaning to a reader that follows the protocol, but
 * there are some that rely on it.
 */
export type DocumentValue = string | number | boolean | DocumentTree | readonly (string | DocumentTree)[] | undefined
export interface DocumentTree {
  readonly [name: string]: DocumentValue
}

/** A tree and the name of its root. The root is there in XML only: in JSON the object itself is the root. */
export interface WireDocument {
  readonly root: string
  /** A text, for the one document that is nothing but a root with text in it. */
  readonly content: DocumentTree | string
  /** Whether an empty text is written in JSON too. Default `false`. */
  readonly keepsEmptyLeaves?: boolean
}

export type DocumentFormat = 'XML' | 'JSON'
