/**
 * The first of the two numbers of each advisory lock; the second is the schema, unless said otherwise. The numbers say "pixm" and a digit, so
 * that they meet nobody else's in a database that is shared with another program.
 */
export const lockKeys = {
  /** Held while the tables are brought up to date. */
  migration: 0x7069_6d01,
  /** Held by the server that owns the blob folder, for as long as it lives. */
  blobFolder: 0x7069_6d02,
  /** Shared by those who put a job into a queue, exclusive for who closes it; the second number is the queue. */
  queue: 0x7069_6d03,
  /** Held while a bucket gets its first queue. */
  opening: 0x7069_6d04,
} as const
