/** Works on items of a list, some at a time, until there are none left. What goes wrong is for `work` to keep. */
export async function inParallel<Item>(
  items: Iterable<Item> | AsyncIterable<Item>,
  atOnce: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  // One after the other: a generator is asked again only when it has answered.
  let asked: Promise<unknown> = Promise.resolve()
  const next = (): Promise<IteratorResult<Item>> => {
    const answer = asked.then(() => iterator.next())
    asked = answer.catch(() => undefined)
    return answer
  }
  const worker = async (): Promise<void> => {
    for (let one = await next(); one.done !== true; one = await next()) await work(one.value)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
