/** Settings that make everything which waits for time come soon; what is promised is the same. */
export const chaosSettings: Readonly<Record<string, string>> = {
  PIXMILL_ENGINES: '2',
  PIXMILL_CALLBACK_RETRY_WAITS: '1',
  PIXMILL_CALLBACK_TIMEOUT: '3000',
  // Longer than a busy machine may take from a whole blob to its row.
  PIXMILL_BLOB_GRACE: '5000',
  PIXMILL_BLOB_CLEAN_EVERY: '500',
  // So that a small picture can come in parts.
  PIXMILL_MIN_PART_BYTES: '1',
  // So that runs have a middle.
  PIXMILL_CHAINED_NODES: 'true',
  // So that the list of a batch is read in many steps, most of them while jobs are done.
  PIXMILL_BATCH_MAX_WAITING: '4',
}
