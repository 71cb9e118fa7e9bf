/** A stranger's text as it may stand in a message: quoted, control characters escaped, at most 80 characters of it. */
export function said(text: string): string {
  const characters = [...text.slice(0, 200)]
  return JSON.stringify(characters.length <= 80 && text.length <= 200 ? text : `${characters.slice(0, 80).join('')}…`)
}
