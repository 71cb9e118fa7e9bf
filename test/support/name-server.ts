import { createSocket, type RemoteInfo } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { isIPv4 } from 'node:net'
import type { LookUpName } from '../../src/network/index.ts'

/** A question that came in. */
export interface Question {
  readonly name: string
  readonly type: 'A' | 'AAAA'
}

/** A name server on this machine that says what it is told to, over UDP. */
export interface NameServer {
  readonly questions: readonly Question[]
  /**
   * The look-up of a program whose resolver asks this server and nobody else: both families, as the system's does. It keeps
   * nothing, so every look-up is a question.
   */
  readonly lookUp: LookUpName
  close(): Promise<void>
}

const HEADER_BYTES = 12
const TYPES = new Map([
  [1, 'A'],
  [28, 'AAAA'],
] as const)
const CLASS_IN = 1
const NAME_OF_THE_QUESTION = 0xc000 | HEADER_BYTES

/**
 * @param answer the addresses of a name, of either family; those of the family that is asked for are sent. `null`: nothing is
 * answered, ever
 */
export async function startNameServer(answer: (question: Question) => readonly string[] | null): Promise<NameServer> {
  const questions: Question[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query: Buffer, { port, address }: RemoteInfo) => {
    const { question, end } = questionIn(query)
    questions.push(question)
    const addresses = answer(question)?.filter((one) => isIPv4(one) === (question.type === 'A'))
    if (addresses !== undefined) socket.send(answerTo(query.subarray(0, end), addresses), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  // What is not answered stays so: no second question, and no end of patience.
  const resolver = new Resolver({ timeout: 600_000, tries: 1 })
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  return {
    questions,
    lookUp: async (name) => {
      const [four, six] = await Promise.all([
        resolver.resolve4(name).catch(noSuchAddress),
        resolver.resolve6(name).catch(noSuchAddress),
      ])
      return [...four.map((address) => ({ address, family: 4 })), ...six.map((address) => ({ address, family: 6 }))]
    },
    async close() {
      resolver.cancel()
      socket.close()
      await once(socket, 'close')
    },
  }
}

function noSuchAddress(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENODATA') return []
  throw error
}

/** The one question of a query, and where it ends. @source RFC 1035, 4.1 */
function questionIn(query: Buffer): { readonly question: Question; readonly end: number } {
  const labels: string[] = []
  let at = HEADER_BYTES
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const type = TYPES.get(query.readUInt16BE(at + 1) as 1)
  if (type === undefined) throw new Error('somebody asks this server for something that is no address')
  return { question: { name: labels.join('.'), type }, end: at + 5 }
}

/** `query` ends with its question, so that what some resolvers add is not repeated. */
function answerTo(query: Buffer, addresses: readonly string[]): Buffer {
  const head = Buffer.from(query)
  // An answer, and recursion is available; no error.
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(addresses.length, 6)
  head.writeUInt16BE(0, 8)
  head.writeUInt16BE(0, 10)
  return Buffer.concat([head, ...addresses.map(recordOf)])
}

/** An address that is good for no second: whoever wants it again has to ask again. */
function recordOf(address: string): Buffer {
  const bytes = isIPv4(address) ? Buffer.from(address.split('.').map(Number)) : bytesOfIPv6(address)
  const record = Buffer.alloc(12)
  record.writeUInt16BE(NAME_OF_THE_QUESTION, 0)
  record.writeUInt16BE(bytes.length === 4 ? 1 : 28, 2)
  record.writeUInt16BE(CLASS_IN, 4)
  record.writeUInt32BE(0, 6)
  record.writeUInt16BE(bytes.length, 10)
  return Buffer.concat([record, bytes])
}

function bytesOfIPv6(address: string): Buffer {
  const [before = '', after = ''] = address.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const [first, last] = [groups(before), groups(after)]
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => '0')
  return Buffer.from([...first, ...zeros, ...last].map((group) => group.padStart(4, '0')).join(''), 'hex')
}
