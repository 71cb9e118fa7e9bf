import { readXml } from '../../wire/index.ts'
import { elementAt } from '../server-client/index.ts'
import { DemoFailure } from './demo-failure.ts'
import type { DemoCallback } from './demo-receiver.ts'

/** What a callback says of the result; the demo compares it with what it then downloads. */
export interface CallbackResult {
  /** Key of the result. */
  readonly objectName: string
  readonly size: number
  /** `1600 x 1067 JPEG`. */
  readonly source: string
  readonly result: string
}

/** @throws DemoFailure with `Code` and `Message` when the job failed */
export function callbackResult(callback: DemoCallback): CallbackResult {
  const at = callback.headers['content-type'] === 'application/json' ? jsonReader(callback) : xmlReader(callback)
  if (at('State') !== 'Success') {
    throw new DemoFailure(`The job ${callback.jobId} ended ${at('State')} with ${at('Code')}: ${at('Message')}`)
  }
  const result = 'Operation/PicProcessResult'
  const described = (path: string): string => `${at(`${path}/Width`)} x ${at(`${path}/Height`)} ${at(`${path}/Format`)}`
  return {
    objectName: at(`${result}/ObjectName`),
    size: Number(at(`${result}/ProcessResult/Size`)),
    source: described(`${result}/OriginalInfo/ImageInfo`),
    result: described(`${result}/ProcessResult`),
  }
}

function xmlReader({ body }: DemoCallback): (path: string) => string {
  const root = readXml(Buffer.from(body))
  return (path) => elementAt(root, `JobsDetail/${path}`)?.text ?? missing(path)
}

function jsonReader({ body }: DemoCallback): (path: string) => string {
  const { JobsDetail } = JSON.parse(body) as { JobsDetail: readonly unknown[] }
  return (path) => {
    let here: unknown = JobsDetail[0]
    for (const name of path.split('/')) here = (here as Record<string, unknown> | undefined)?.[name]
    return here === undefined ? missing(path) : String(here)
  }
}

function missing(path: string): never {
  throw new DemoFailure(`The callback has no JobsDetail/${path}.`)
}
