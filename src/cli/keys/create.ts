import { type Command, InvalidArgumentError } from 'commander'
import { carryOut } from '../carry-out.ts'
import { givenText } from '../given-path.ts'
import { readTypedTime } from '../read-time.ts'
import { addServerOptions, connect, type ServerOptions, UsageFailure } from '../server-client/index.ts'
import { type KindOfKey, keyPairs, type ToldKey } from './kind-of-key.ts'

interface Options extends ServerOptions {
  readonly buckets: readonly string[]
  readonly may: readonly string[]
  readonly expires?: number
  readonly secretId?: string
  readonly secretKeyFile?: string
}

type Made = ToldKey & { readonly secretKey?: string; readonly token?: string }

/** `pixmill keys create NAME`, `pixmill tokens create NAME`. */
export function addCreate(parent: Command, kind: KindOfKey): void {
  const command = parent
    .command('create')
    .description(`Make a ${kind.one}. Its secret is told once, on standard output, and never again.`)
    .argument('<name>', 'whose it is, or what for')
    .requiredOption(
      '--buckets <names>',
      'comma list of buckets; a * stands for any characters, alone for all',
      commaList,
    )
    .requiredOption('--may <what>', 'comma list of read, write, submit, administer', commaList)
    .option('--expires <time>', 'when it ends: 2027-01-01, 2027-01-01T10:20 (default: never)', readTypedTime)
  if (kind === keyPairs) {
    command
      .option('--secret-id <id>', 'the SecretId of a pair that programs have already')
      .option('--secret-key-file <file>', 'the file with its SecretKey; - is standard input')
  }
  addServerOptions(command).action((label: string, options: Options) =>
    carryOut(`${kind.word} create`, options, () => create(kind, label, options)),
  )
}

async function create({ word, one }: KindOfKey, name: string, options: Options): Promise<number> {
  const { buckets, may, expires } = options
  const given = await givenPair(options)
  const client = await connect(options)
  const made = (await client.callApi('POST', `/-/api/${word}`, {
    body: {
      name,
      buckets,
      permissions: may,
      ...(expires === undefined ? {} : { expires: new Date(expires).toISOString() }),
      ...given,
    },
  })) as Made
  if (options.json) {
    process.stdout.write(`${JSON.stringify(made)}\n`)
    return 0
  }
  const secret = made.token === undefined ? `SecretId  ${made.id}\nSecretKey ${made.secretKey}` : made.token
  process.stdout.write(`${secret}\n`)
  process.stderr.write(`Made the ${one} ${made.id}. Its secret is not shown again.\n`)
  return 0
}

/** The secret comes by a file: arguments are seen by everybody on the machine. */
async function givenPair({
  secretId,
  secretKeyFile,
}: Options): Promise<{ secretId: string; secretKey: string } | null> {
  if (secretId === undefined && secretKeyFile === undefined) return null
  if (secretId === undefined || secretKeyFile === undefined) {
    throw new UsageFailure('--secret-id and --secret-key-file belong together, expected both or none.')
  }
  const secretKey = await givenText(secretKeyFile)
  return { secretId, secretKey: secretKey.trim() }
}

function commaList(list: string): readonly string[] {
  const items = list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  if (items.length === 0) throw new InvalidArgumentError('Expected a comma list that is not empty.')
  return items
}
