import type { Readable } from 'node:stream'
import { route } from './route.ts'

export interface BackupDeps {
  /** The bytes of a backup. The stream fails before its first byte when none can be made. */
  backup(): Readable
}

export const backupRoutes = [
  route<BackupDeps>({
    method: 'POST',
    path: '/-/api/backup',
    name: 'makeBackup',
    subject: 'backup',
    summary: 'A copy of everything the server keeps, while it goes on working.',
    description: 'One at a time. `pixmill restore` makes a data folder of it.',
    permission: 'administer',
    answer: { says: 'The backup; its last entry says that it is whole.', contentType: 'application/x-tar' },
    carryOut: ({ exchange }, { backup }) =>
      exchange.answerStream(200, { 'content-type': 'application/x-tar', 'cache-control': 'no-store' }, backup()),
  }),
]
