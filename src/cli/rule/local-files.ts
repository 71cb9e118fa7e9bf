import { randomBytes } from 'node:crypto'
import { constants, createReadStream, createWriteStream } from 'node:fs'
import { chmod, copyFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { openEngineOutput } from '../../app/engine-output.ts'
import { checkSourceBytes, defaultPictureLimits, ignoresAllErrors, type Rule } from '../../images/index.ts'
import { givenPlace } from '../given-path.ts'
import { UsageFailure } from '../server-client/index.ts'

/** Standard input in the place of a source, standard output in that of a result. */
export const STANDARD = '-'

/** What an engine, which runs as another user, has to be able to read. */
const READABLE = 0o644

/**
 * Copies the source to where the engine reads it. The engine checks everything; what is too large for it anyway is not
 * copied at all, unless the rule then gives the file itself.
 */
export async function copySource(source: string, to: string, rule: Rule, signal: AbortSignal): Promise<void> {
  if (source === STANDARD && process.stdin.isTTY) throw new UsageFailure('The source is -, and nothing is piped in.')
  const facts = source === STANDARD ? null : await givenPlace(source, 'file')
  if (facts?.isDirectory()) throw new UsageFailure(`The source ${source} is a folder, expected a picture.`)
  if (facts?.isFile()) {
    if (!ignoresAllErrors(rule)) checkSourceBytes(facts.size, defaultPictureLimits)
    await copyFile(source, to, constants.COPYFILE_FICLONE)
  } else {
    const from = source === STANDARD ? process.stdin : createReadStream(source)
    await pipeline(from, withinLimits, createWriteStream(to), { signal })
  }
  await chmod(to, READABLE)
}

/**
 * Copies an object that a rule names: the file in the folder that stands for its bucket. Nothing outside of the folder is
 * read, whatever somebody wrote into a rule.
 *
 * @param path of the address, percent-encoded, with the slash before the key
 * @param bucket `undefined` when no folder was named
 */
export async function copyInput(
  path: string,
  bucket: string | undefined,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  const key = decoded(path).replace(/^\/+/, '')
  const name = JSON.stringify(key)
  if (bucket === undefined) {
    throw new UsageFailure(`The rule puts on the object ${name}: --objects says which folder stands for the bucket.`)
  }
  if (key.split(/[/\\]/).includes('..')) throw new UsageFailure(`The rule puts on ${name}, expected no .. in it.`)
  const place = join(bucket, key)
  if (!(await givenPlace(place, 'file')).isFile()) throw new UsageFailure(`The rule puts on ${place}, expected a file.`)
  await pipeline(createReadStream(place), withinLimits, createWriteStream(to), { signal })
  await chmod(to, READABLE)
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new UsageFailure(`The rule puts on ${JSON.stringify(path)}, which cannot be percent-decoded.`)
  }
}

async function* withinLimits(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const piece of pieces) {
    bytes += piece.length
    checkSourceBytes(bytes, defaultPictureLimits)
    yield piece
  }
}

/** Whether a result can be put there at all; asked before there is one. */
export async function checkPlace(to: string): Promise<void> {
  if (to === STANDARD) return
  const there = await stat(to).catch(() => null)
  if (there?.isDirectory()) throw new UsageFailure(`The result ${to} is a folder, expected a file.`)
  if (there === null) await givenPlace(dirname(to), 'folder')
}

/** Puts the engine's result where it is wanted, whole or not at all; what was there before is replaced. */
export async function copyResult(result: string, to: string, signal: AbortSignal): Promise<void> {
  const { file } = await openEngineOutput(result)
  const from = file.createReadStream()
  if (to === STANDARD) return pipeline(from, process.stdout, { signal, end: false })
  const there = await stat(to).catch(() => null)
  // A pipe or a device is written to, not replaced.
  if (there !== null && !there.isFile()) return pipeline(from, createWriteStream(to), { signal })
  const unfinished = `${to}.${randomBytes(4).toString('hex')}.unfinished`
  try {
    await pipeline(from, createWriteStream(unfinished, { flags: 'wx' }), { signal })
    await rename(unfinished, to)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
