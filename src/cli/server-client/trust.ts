import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import { type ConnectionOptions, connect, rootCertificates } from 'node:tls'
import { ClientFailure } from './client-failure.ts'
import type { FoundServer } from './find-server.ts'

/** What a request is told about the certificates it may meet. */
export type Trust = Pick<RequestOptions, 'ca' | 'createConnection'>

/**
 * Which certificates are good. A server of this machine says in its data folder which one it shows: that one is good,
 * whatever name it is for and whoever signed it, and no other. Else those that everybody trusts, and those of a file.
 *
 * @param caFile certificates as PEM
 * @throws ClientFailure `CertificatesNotFound`
 */
export async function trustIn(
  { url, certificateFile }: Pick<FoundServer, 'url' | 'certificateFile'>,
  caFile: string | undefined,
): Promise<Trust> {
  if (url.protocol !== 'https:') return {}
  if (caFile !== undefined && caFile !== '') return { ca: [...rootCertificates, await readCertificates(caFile)] }
  if (certificateFile === null) return {}
  // Of another user, perhaps: then it has to be one that everybody trusts.
  const shown = await readFile(certificateFile, 'utf8').catch(() => null)
  return shown === null ? {} : { createConnection: onlyTo(new X509Certificate(shown)) }
}

async function readCertificates(file: string): Promise<string> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
    new X509Certificate(text)
  } catch (cause) {
    throw new ClientFailure(
      'CertificatesNotFound',
      `${file} holds no certificates, expected PEM: ${(cause as Error).message}.`,
      { cause },
    )
  }
  return text
}

/** A connection to a server that shows exactly this certificate. */
function onlyTo(expected: X509Certificate): NonNullable<Trust['createConnection']> {
  return (options, done) => {
    // Who signed it says nothing here: it is compared itself.
    const socket = connect({ ...(options as ConnectionOptions), rejectUnauthorized: false })
    const fail = (error: Error): void => done(error, socket)
    socket.once('error', fail)
    socket.once('secureConnect', () => {
      socket.off('error', fail)
      const shown = socket.getPeerX509Certificate()
      if (shown?.raw.equals(expected.raw)) return done(null, socket)
      const error = new Error('it shows another certificate than the server of the data folder has')
      socket.destroy()
      done(error, socket)
    })
    return undefined
  }
}
