import { randomBytes } from 'node:crypto'
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { newWebhookSecret } from '../../callbacks/index.ts'
import type { KeyPair } from '../../http/authentication/index.ts'
import { type BucketClient, connectTo } from '../server-client/index.ts'
import { byHand } from './by-hand.ts'
import { type CallbackResult, callbackResult } from './callback-result.ts'
import { DemoFailure } from './demo-failure.ts'
import {
  awaitCallbacks,
  INLINE_RULE,
  makeTemplate,
  submitJobs,
  TEMPLATE_NAME,
  TEMPLATE_RULE,
  watchStates,
} from './demo-jobs.ts'
import { type DemoPicture, findDemoPicture } from './demo-picture.ts'
import { startDemoReceiver } from './demo-receiver.ts'
import { startDemoServer } from './demo-server.ts'
import { printableCallback } from './print-callback.ts'
import { stateLine } from './state-line.ts'

const PLACE = { bucket: 'demo-1250000000', region: 'ap-demo' } as const

export interface DemoOptions {
  /** A picture of one's own. */
  readonly picture: string | undefined
  /** Leave the server running until the signal. */
  readonly keep: boolean
  readonly out: NodeJS.WriteStream
  /** Ends the demo early; its reason is what went wrong. */
  readonly signal: AbortSignal
}

/**
 * The whole promise on one picture: uploaded, processed by two durable jobs, results stored, callbacks delivered in XML
 * and in JSON and their signatures checked. Whatever was started is stopped at the end, whatever the end.
 *
 * @throws DemoFailure or ClientFailure in words for whoever typed the command
 */
export async function runDemo({ picture: asked, keep, out, signal: stop }: DemoOptions): Promise<void> {
  const print = (text: string): void => void out.write(`${text}\n`)
  const stops: (() => Promise<void>)[] = []
  const broken = new AbortController()
  const signal = AbortSignal.any([stop, broken.signal])
  try {
    const folder = await mkdtemp(join(tmpdir(), 'pixmill-demo-data-'))
    stops.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }))
    // Engines run as another user when the demo is run by root: they may pass through, nobody may list.
    await chmod(folder, 0o711)
    const picture = await findDemoPicture(asked, folder, signal)

    const key: KeyPair = {
      secretId: `AKID${randomBytes(16).toString('hex')}`,
      secretKey: randomBytes(20).toString('hex'),
    }
    const webhookSecret = newWebhookSecret()
    const receiver = await startDemoReceiver(webhookSecret)
    stops.push(() => receiver.stop())
    const server = await startDemoServer(
      { dataDir: join(folder, 'data'), bucket: `${PLACE.bucket}@${PLACE.region}`, key, webhookSecret },
      signal,
    )
    stops.push(() => server.stop())
    server.endedEarly.catch((reason: unknown) => broken.abort(reason))
    print(`server     ${server.url}   (ready after ${ms(server.startedInMs)})`)
    print(`receiver   ${receiver.url}`)

    const client = connectTo(server.url, key, signal).in(PLACE)
    const input = `pictures/${picture.name}`
    const etag = await client.putFile(input, picture.file)
    print(`picture    ${picture.isOurs ? 'drawn for this demo' : picture.file}, ${picture.bytes} bytes`)
    print(`uploaded   ${PLACE.bucket}/${input}   ETag ${etag}\n`)

    const templateId = await makeTemplate(client)
    print(`job 1      rule ${INLINE_RULE}, callback in XML`)
    print(`job 2      template ${TEMPLATE_NAME} (${templateId})`)
    print(`           rule ${TEMPLATE_RULE}, callback in JSON`)
    const startedAt = performance.now()
    const jobs = await submitJobs(client, input, templateId, receiver.url)
    const line = stateLine(out, startedAt)
    try {
      await watchStates(client, jobs, line, signal)
    } finally {
      line.end()
    }
    const callbacks = await awaitCallbacks(client, receiver, jobs, signal)
    for (const [index, callback] of callbacks.entries()) {
      const took = callback.receivedAt - jobs[index]!.submittedAt
      print(`\ncallback of job ${index + 1}: ${ms(took)} from submit to callback, signature right\n`)
      print(printableCallback(callback).replace(/^(?=.)/gm, '    '))
    }
    const results = callbacks.map(callbackResult)
    const saved = await saveResults(client, picture, results)
    print(`\nsaved in   ${saved.folder}`)
    print(`           ${basename(saved.original)}   ${results[0]?.source}`)
    for (const [index, result] of results.entries()) {
      print(`           ${saved.files[index]}   ${result.result}, ${result.size} bytes`)
    }
    print('\nThe demo went through: 2 jobs, 2 callbacks, 2 signatures right.')

    if (!keep) return
    const facts = { client, serverUrl: server.url, receiverUrl: receiver.url, key, webhookSecret, file: saved.original }
    print(`\n${byHand({ ...facts, nowMs: Date.now() })}`)
    receiver.onCallback((callback) => print(`${printableCallback(callback)}\n`))
    await aborted(signal)
    // Told to stop, as announced: a good end. Everything else is not.
    if (broken.signal.aborted) throw broken.signal.reason
  } finally {
    for (const stopOne of stops.splice(0).reverse()) await stopOne()
  }
}

/** Downloads what the callbacks announce, into a folder that stays. */
async function saveResults(
  client: BucketClient,
  picture: DemoPicture,
  results: readonly CallbackResult[],
): Promise<{ folder: string; original: string; files: readonly string[] }> {
  const bodies = await Promise.all(results.map((result) => client.getObject(result.objectName)))
  for (const [index, { objectName, size }] of results.entries()) {
    const came = bodies[index]!.length
    if (came !== size) throw new DemoFailure(`The callback says ${objectName} has ${size} bytes, ${came} came.`)
  }
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-demo-'))
  const original = join(folder, picture.name)
  await copyFile(picture.file, original)
  const files = results.map(({ objectName }) => basename(objectName))
  for (const [index, file] of files.entries()) await writeFile(join(folder, file), bodies[index]!)
  return { folder, original, files }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function ms(time: number): string {
  return `${Math.round(time)} ms`
}
