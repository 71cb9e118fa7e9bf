import { type KeyPair, presignUrl, type SignedTime } from '../../http/authentication/index.ts'
import type { BucketClient } from '../server-client/index.ts'
import { jobRequest } from './demo-requests.ts'

/** How long the printed addresses stay good. */
const GOOD_FOR_SECONDS = 24 * 60 * 60

export interface ByHandFacts {
  readonly client: BucketClient
  readonly serverUrl: string
  readonly receiverUrl: string
  readonly key: KeyPair
  readonly webhookSecret: string
  /** A picture on this machine. */
  readonly file: string
  /** UTC milliseconds. */
  readonly nowMs: number
}

/**
 * How to go on by hand while the server of the demo stays: lines for a shell, each of them one whole command. They carry
 * no comments, because an interactive zsh would try to run those.
 */
export function byHand({ client, serverUrl, receiverUrl, key, webhookSecret, file, nowMs }: ByHandFacts): string {
  const { bucket, region } = client
  const nowSeconds = Math.floor(nowMs / 1000)
  const time: SignedTime = { startSeconds: nowSeconds - 60, endSeconds: nowSeconds + GOOD_FOR_SECONDS }
  const signed = (method: string, product: 'cos' | 'ci', path: string, parameters: [string, string][] = []): string =>
    quoted(presignUrl({ origin: `http://${client.hostOf(product)}`, method, path, parameters }, key, time))
  const job = jobRequest({
    input: 'by-hand/picture.jpg',
    by: { rule: 'imageMogr2/thumbnail/320x/format/webp' },
    bucket,
    region,
    output: 'by-hand/small.webp',
    callback: receiverUrl,
    callbackFormat: 'JSON',
  }).replace(/\n\s*/g, '')
  const { host } = new URL(serverUrl)
  return `The server stays at ${serverUrl} until Ctrl-C. In another terminal, one line after the other
(the addresses carry their signature and are good for a day):

Every name below localhost is this server:
px() { curl -sS -w '\\n' --noproxy '*' --connect-to ${quoted(`::${host}`)} "$@"; }

Upload a picture:
px -T ${quoted(file)} ${signed('PUT', 'cos', '/by-hand/picture.jpg')}

Submit a job (its callback appears in this terminal):
px -X POST -H 'Content-Type: application/xml' --data-binary ${quoted(job)} ${signed('POST', 'ci', '/jobs')}

Look at the newest job:
px ${signed('GET', 'ci', '/jobs', [
    ['size', '1'],
    ['tag', 'PicProcess'],
  ])}

Download the result:
px -o small.webp ${signed('GET', 'cos', '/by-hand/small.webp')}

To receive callbacks yourself, start this, and put http://127.0.0.1:8800/ into CallBack:
node -e "require('http').createServer((q,s)=>{q.pipe(process.stdout);q.on('end',()=>s.end())}).listen(8800,'127.0.0.1')"

For an SDK: bucket ${bucket}, region ${region}
  SecretId       ${key.secretId}
  SecretKey      ${key.secretKey}
  Webhook secret ${webhookSecret}
`
}

/** A text as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
