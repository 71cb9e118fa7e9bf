/**
 * Scheme, host and port of a callback URL, in one spelling: what attempts are counted by, because connections are made
 * there. Never throws, since it is called inside the transaction that ends a job: what cannot be read (and was refused
 * when it was configured) shares one origin of its own, whose attempts fail with a proper error.
 */
export function originOf(url: string): string {
  try {
    return new URL(url).origin
  } catch {
    return 'unreadable:'
  }
}
