import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Failure } from '../base/index.ts'

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/**
 * The certificates in a file (PEM, one after the other) that receivers are verified by beside the usual ones.
 *
 * @throws Failure `InvalidArgument` when the file cannot be read, holds none, or one that cannot be read.
 */
export async function readPrivateAuthorities(file: string): Promise<string[]> {
  const wrong = (expected: string, cause?: unknown): Failure =>
    new Failure('InvalidArgument', `PIXMILL_CALLBACK_CA is ${file}, expected ${expected}.`, { cause })
  const text = await readFile(file, 'latin1').catch((cause: unknown) => {
    throw wrong('a file that can be read', cause)
  })
  const certificates = text.match(CERTIFICATE) ?? []
  if (certificates.length === 0) throw wrong('a file with certificates in PEM form (-----BEGIN CERTIFICATE-----)')
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate)
    } catch (cause) {
      throw wrong(`certificates that can be read; the ${index + 1}. of ${certificates.length} cannot`, cause)
    }
  }
  return certificates
}
