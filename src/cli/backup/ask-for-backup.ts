import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { json } from 'node:stream/consumers'
import { Failure } from '../../base/index.ts'
import { type KeyPair, signRequest } from '../../http/authentication/index.ts'
import type { FoundServer } from './find-server.ts'

const PATH = '/-/api/backup'
const SIGNED_FOR_SECONDS = 3_600

/** Asks the server for a backup; gives its bytes as they come. */
export async function askForBackup({ url, from }: FoundServer, key: KeyPair): Promise<AsyncIterable<Uint8Array>> {
  const startSeconds = Math.floor(Date.now() / 1000) - 60
  const authorization = signRequest({ method: 'POST', path: PATH, headers: { host: url.host } }, key, {
    startSeconds,
    endSeconds: startSeconds + SIGNED_FOR_SECONDS,
  })
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = send(new URL(PATH, url), { method: 'POST', headers: { host: url.host, authorization } })
  request.end()
  let response: IncomingMessage
  try {
    ;[response] = (await once(request, 'response')) as [IncomingMessage]
  } catch (cause) {
    // Of several addresses tried, each failed for itself.
    const why = (cause as Error).message || ((cause as AggregateError).errors?.[0] as Error | undefined)?.message
    throw new Failure('StorageUnavailable', `No server answers at ${url.origin} (${from}): ${why}`, { cause })
  }
  if (response.statusCode === 200) return whole(response)
  const said = (await json(response).catch(() => null)) as { error?: string; message?: string } | null
  throw new Failure(
    'StorageUnavailable',
    said?.message === undefined
      ? `${url.origin} (${from}) answered ${response.statusCode}, and not as a Pixmill server does.`
      : `${url.origin} (${from}) answered ${response.statusCode} ${said.error}: ${said.message}`,
  )
}

async function* whole(response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    yield* response as AsyncIterable<Uint8Array>
  } catch (cause) {
    throw new Failure('StorageUnavailable', 'The server broke off in the middle of the backup; its log says why.', {
      cause,
    })
  }
}
