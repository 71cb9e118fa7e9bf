import type { Agent, Log } from '../base/index.ts'
import { Failure } from '../base/index.ts'
import { createHttpServer, Domains, type HttpServer, type HttpServerDeps, makeCertificate } from '../http/index.ts'
import type { Settings } from '../settings/index.ts'
import type { Stops } from './stops.ts'

/** What lies behind the listeners. */
export type Doors = Omit<HttpServerDeps, 'host' | 'port' | 'certificate' | 'domains' | 'isAlwaysCi'>

/** Where requests come in. */
export interface Listeners extends Agent {
  /** `http://HOST:PORT`, or `https:`. */
  readonly url: string
  /** Of the listener that is for the processing service alone; `null` when there is none. */
  readonly ciUrl: string | null
}

/** The listeners that the settings ask for, all with the same doors behind them. */
export async function openListeners(settings: Settings, doors: Doors, log: Log, stops: Stops): Promise<Listeners> {
  const { host, port, ciPort } = settings
  const certificate = await openCertificate(settings, log, stops)
  const deps = {
    ...doors,
    host,
    domains: new Domains(settings.domains),
    ...(certificate === null ? {} : { certificate }),
  }
  const server = createHttpServer({ ...deps, port })
  const ciServer = ciPort === null ? null : createHttpServer({ ...deps, port: ciPort, isAlwaysCi: true })
  const servers = [server, ciServer].filter((one): one is HttpServer => one !== null)
  return {
    get url() {
      return server.url
    },
    get ciUrl() {
      return ciServer === null ? null : ciServer.url
    },
    async start() {
      for (const one of servers) await one.start()
      if (ciServer !== null) log.info({ url: ciServer.url }, 'the processing service listens on a port of its own')
    },
    async stop() {
      await Promise.all(servers.map((one) => one.stop()))
    },
  }
}

async function openCertificate({ tlsCert, tlsKey }: Settings, log: Log, stops: Stops) {
  if ((tlsCert === null) !== (tlsKey === null)) {
    const [present, absent] = tlsCert === null ? ['KEY', 'CERT'] : ['CERT', 'KEY']
    throw new Failure(
      'InvalidArgument',
      `PIXMILL_TLS_${present} is given without PIXMILL_TLS_${absent}; give both or none.`,
    )
  }
  if (tlsCert === null || tlsKey === null) return null
  const certificate = await makeCertificate({ certFile: tlsCert, keyFile: tlsKey, log })
  stops.add(() => certificate.stop())
  await certificate.start()
  return certificate
}
