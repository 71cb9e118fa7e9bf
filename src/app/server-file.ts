import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { hasErrno } from '../base/index.ts'

/** What a running server says of itself in its data folder, so that commands on the same machine find it. */
export interface ServerFile {
  /** An address to connect to: `http://HOST:PORT`, or `https:`. */
  readonly url: string
  /** File of the certificate it shows; `null` when it speaks in the clear. */
  readonly certificateFile: string | null
  readonly pid: number
}

const EVERY_ADDRESS: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '[::]': '[::1]' }

export function serverFileIn(dataDir: string): string {
  return join(dataDir, 'server.json')
}

/**
 * Says where this process listens. Of several servers on one folder the last one that started is told of.
 *
 * @param listensOn `http://HOST:PORT`, or `https:`; when it listens on every address, the loopback one is told
 * @returns what takes it away again, unless another server has written its own meanwhile
 */
export async function keepServerFile(
  dataDir: string,
  listensOn: string,
  certificateFile: string | null = null,
): Promise<() => Promise<void>> {
  const url = new URL(listensOn)
  url.hostname = EVERY_ADDRESS[url.hostname] ?? url.hostname
  const said = {
    url: url.origin,
    pid: process.pid,
    ...(certificateFile === null ? {} : { certificateFile: resolve(certificateFile) }),
  }
  const file = serverFileIn(dataDir)
  const unfinished = `${file}.${process.pid}.unfinished`
  await writeFile(unfinished, `${JSON.stringify(said)}\n`)
  await rename(unfinished, file)
  return async () => {
    const kept = await readServerFile(dataDir).catch(() => null)
    if (kept?.pid === said.pid && kept.url === said.url) await rm(file, { force: true })
  }
}

/**
 * What the server of a data folder says of itself; `null` when there is no such file.
 *
 * @throws the system's error when the file cannot be read, an `Error` when it holds something else
 */
export async function readServerFile(dataDir: string): Promise<ServerFile | null> {
  let text: string
  try {
    text = await readFile(serverFileIn(dataDir), 'utf8')
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return null
    throw error
  }
  const { url, pid, certificateFile = null } = JSON.parse(text) as Partial<ServerFile>
  if (typeof url !== 'string' || !URL.canParse(url) || !Number.isSafeInteger(pid) || Number(pid) < 1) {
    throw new Error('it does not say where a server listens')
  }
  return { url, pid: Number(pid), certificateFile: typeof certificateFile === 'string' ? certificateFile : null }
}
