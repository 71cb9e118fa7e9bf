import { Failure } from '../base/index.ts'

/** What a host of one's own stands for. `both`: paths of the processing service go there, everything else is a key. */
export interface Domain {
  readonly bucket: string
  readonly door: 'object' | 'ci' | 'both'
}

interface Rule {
  /** In lower case; of `*.example.org` only `.example.org`. */
  readonly host: string
  /** `null`: whatever the port. */
  readonly port: string | null
  /** `null`: the bucket is the label in the place of the star. */
  readonly bucket: string | null
  readonly door: Domain['door']
}

/** The hosts that an operator has given to buckets. */
export class Domains {
  readonly #rules: readonly Rule[]

  /** @param texts `HOST[:PORT]=BUCKET[/object|/ci|/both]` or `*.SUFFIX[:PORT]=*[/…]` */
  constructor(texts: readonly string[]) {
    // The more a rule says, the earlier it is asked: names before patterns, long before short, with port before without.
    this.#rules = texts
      .map(readRule)
      .sort(
        (a, b) =>
          weight(b) - weight(a) || b.host.length - a.host.length || Number(b.port !== null) - Number(a.port !== null),
      )
    const twice = this.#rules.find((rule, index) =>
      this.#rules.some((other, at) => at < index && other.host === rule.host && other.port === rule.port),
    )
    if (twice !== undefined) {
      const said = `${twice.bucket === null ? '*' : ''}${twice.host}${twice.port === null ? '' : `:${twice.port}`}`
      throw new Failure('InvalidArgument', `PIXMILL_DOMAINS names ${said} more than once, expected each host once.`)
    }
  }

  /** @param host as the request says it, with or without a port */
  find(host: string): Domain | null {
    const lower = host.toLowerCase()
    const port = /:(\d*)$/.exec(lower)?.[1] ?? null
    const name = lower.replace(/:\d*$/, '').replace(/\.$/, '')
    for (const rule of this.#rules) {
      if (rule.port !== null && rule.port !== port) continue
      if (rule.bucket !== null) {
        if (rule.host === name) return { bucket: rule.bucket, door: rule.door }
      } else if (name.endsWith(rule.host)) {
        const label = name.slice(0, -rule.host.length)
        if (label !== '' && !label.includes('.')) return { bucket: label, door: rule.door }
      }
    }
    return null
  }
}

function readRule(text: string): Rule {
  const [said = '', meaning = ''] = text.toLowerCase().split('=')
  const [bucket = '', door = 'object'] = meaning.split('/')
  const port = /:(\d+)$/.exec(said)?.[1] ?? null
  const host = said.replace(/:\d+$/, '').replace(/\.$/, '')
  return {
    host: host.startsWith('*') ? host.slice(1) : host,
    port,
    bucket: bucket === '*' ? null : bucket,
    door: door as Domain['door'],
  }
}

function weight({ bucket }: Rule): number {
  return bucket === null ? 0 : 1
}
