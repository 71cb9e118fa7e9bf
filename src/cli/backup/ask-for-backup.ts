import { ClientFailure, type ServerClient } from '../server-client/index.ts'

/** Asks the server for a backup; gives its bytes as they come. */
export async function askForBackup(client: ServerClient): Promise<AsyncIterable<Uint8Array>> {
  return whole(await client.callOwn('POST', '/-/api/backup'))
}

async function* whole(response: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* response
  } catch (cause) {
    throw new ClientFailure('AnswerCutOff', 'The server broke off in the middle of the backup; its log says why.', {
      cause,
    })
  }
}
