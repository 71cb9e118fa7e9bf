/**
 * Keys are ordered by their UTF-8 bytes, which is the order of their code points. JavaScript's own `<` compares UTF-16
 * units and puts characters beyond U+FFFF before U+E000.
 */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'))
}

/**
 * The first text that comes after every text beginning with `prefix`, or `null` when nothing can: where a list goes on
 * after a whole group, however many keys are in it.
 */
export function afterPrefix(prefix: string): string | null {
  const characters = [...prefix]
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const next = nextCodePoint(last.codePointAt(0)!)
    if (next !== null) return characters.join('') + String.fromCodePoint(next)
  }
  return null
}

function nextCodePoint(codePoint: number): number | null {
  if (codePoint >= 0x10ffff) return null
  // Surrogates are not characters and have no UTF-8 form.
  return codePoint >= 0xd7ff && codePoint < 0xdfff ? 0xe000 : codePoint + 1
}

/**
 * The common prefix that a key is told as: everything up to and with the first delimiter behind `prefix`. `null` when
 * there is no delimiter there, or none is asked for.
 */
export function groupOf(key: string, prefix: string, delimiter: string): string | null {
  if (delimiter === '' || !key.startsWith(prefix)) return null
  const at = key.indexOf(delimiter, prefix.length)
  return at === -1 ? null : key.slice(0, at + delimiter.length)
}
