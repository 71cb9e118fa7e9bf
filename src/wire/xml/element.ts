/** An element as the reader gives it. Attributes and namespace prefixes carry no meaning in this protocol and are dropped. */
export interface XmlElement {
  /** Local name: `cos:Key` is `Key`. */
  readonly name: string
  /** The element's own text, untrimmed. White space around children is not text: then this is `''`. */
  readonly text: string
  readonly children: readonly XmlElement[]
}
