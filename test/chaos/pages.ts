import type { XmlElement } from '../../src/wire/index.ts'
import { find } from '../support/house.ts'
import type { Clients } from './clients.ts'

/** The elements of this name of all pages of a list. Rejects when the server does not answer one. */
export async function readPages(clients: Clients, target: string, name: string): Promise<XmlElement[]> {
  const elements: XmlElement[] = []
  let token = ''
  do {
    const query = `${target.includes('?') ? '&' : '?'}size=100&orderByTime=Asc&nextToken=${encodeURIComponent(token)}`
    const answer = await clients.ci({ target: target + query })
    if (answer?.status !== 200) throw new Error(`${target} was answered ${answer?.status} ${answer?.text}`)
    const document = answer.xml()
    elements.push(...document.children.filter((child) => child.name === name))
    token = find(document, 'NextToken')?.text ?? ''
  } while (token !== '')
  return elements
}
