import { type Command, InvalidArgumentError } from 'commander'
import { carryOut } from '../carry-out.ts'
import { addServerOptions, connect, type ServerOptions } from '../server-client/index.ts'

interface Options extends ServerOptions {
  readonly buckets?: readonly string[]
  readonly may?: readonly string[]
  readonly for?: number
}

interface Made {
  readonly secretId: string
  readonly secretKey: string
  readonly securityToken: string
  readonly expires: string
}

/** `pixmill keys temporary`. */
export function addTemporary(keys: Command): void {
  const list = (text: string) => text.split(',').map((item) => item.trim())
  const command = keys
    .command('temporary')
    .description('Make a key pair that ends by itself, for a program that should not have one that lasts.')
    .option('--buckets <names>', 'comma list of buckets (default: those of the key that asks)', list)
    .option('--may <what>', 'comma list of read, write, submit, administer (default: likewise)', list)
    .option('--for <time>', 'how long it is good: 900, 15m, 12h, at most 36h (default: 30m)', secondsOf)
  addServerOptions(command).action((options: Options) => carryOut('keys temporary', options, () => temporary(options)))
}

async function temporary(options: Options): Promise<number> {
  const { buckets, may: permissions, for: seconds } = options
  const asked = { buckets, permissions, seconds }
  const made = (await (await connect(options)).callApi('POST', '/-/api/temporary-keys', { body: asked })) as Made
  if (options.json) process.stdout.write(`${JSON.stringify(made)}\n`)
  else {
    const { secretId, secretKey, securityToken } = made
    process.stdout.write(`SecretId      ${secretId}\nSecretKey     ${secretKey}\nSecurityToken ${securityToken}\n`)
  }
  return 0
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600 }

function secondsOf(text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([smh]?)$/.exec(text.trim()) ?? []
  if (number === undefined) throw new InvalidArgumentError('Expected seconds, or a time such as 15m or 12h.')
  return Number(number) * UNITS[unit]!
}
