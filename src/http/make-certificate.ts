import type { Certificate, CertificateDeps } from './certificate.ts'

/** Loaded only here: a server without a certificate has no use for it. It is still to be started. */
export async function makeCertificate(deps: CertificateDeps): Promise<Certificate> {
  const { Certificate } = await import('./certificate.ts')
  return new Certificate(deps)
}
