/** Whether a list of ETags, with or without quotes, weak or not, or `*`, names this one: clients write all of these. */
export function namesEtag(list: string, etag: string): boolean {
  return list.split(',').some((entry) => {
    const text = entry.trim()
    return text === '*' || text.replace(/^W\//, '').replace(/^"(.*)"$/, '$1') === etag
  })
}
