/** A node's name is the name of an XML element on the wire. */
const NAME_START =
  'A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}'
const NODE_NAME = new RegExp(
  `^(?=[\\p{L}_])[${NAME_START}][${NAME_START}\\-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040]{0,127}$`,
  'u',
)

/** Whether a node can be called so. */
export function isNodeName(name: string): boolean {
  return NODE_NAME.test(name)
}
