/**
 * A text of somebody else as it may be written to a terminal: control characters, and those that turn the direction of
 * writing, as escapes. A key or a message must not be able to move the cursor.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0)!.toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`
  })
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu
