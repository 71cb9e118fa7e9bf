/** Something with something below it. */
export interface Tree<Value> {
  readonly value: Value
  readonly below: readonly Tree<Value>[]
}

/** Each value of a tree, from the root down, with the lines that lead to it: `│  └─ `. */
export function branches<Value>(root: Tree<Value>): readonly { readonly lead: string; readonly value: Value }[] {
  const found: { lead: string; value: Value }[] = [{ lead: '', value: root.value }]
  const goDown = (trees: readonly Tree<Value>[], before: string): void => {
    for (const [index, { value, below }] of trees.entries()) {
      const isLast = index === trees.length - 1
      found.push({ lead: `${before}${isLast ? '└─ ' : '├─ '}`, value })
      goDown(below, `${before}${isLast ? '   ' : '│  '}`)
    }
  }
  goDown(root.below, '')
  return found
}
