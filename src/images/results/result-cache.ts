import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Agent, hasErrno, type Log, Signals } from '../../base/index.ts'
import type { ResultFacts } from '../engine/messages.ts'
import { FileWriter } from './file-writer.ts'
import { KeptPicture } from './kept-picture.ts'
import { HEAD_BYTES, isWhole, pictureFileOf, readBeginning, writePictureFile } from './picture-file.ts'
import { ResultShelf } from './result-shelf.ts'

/** The name of a version, which is also its file's. */
const VERSION = /^[0-9a-f]{32}-r$/
const WRITING_FOLDER = '.writing'
/** Disks give out room in blocks, so small pictures take more than their bytes. */
const BLOCK_BYTES = 4096
/** How much older than its last use a file may look: the order of the least recently used survives a restart so far. */
const TOUCH_AFTER_MS = 600_000
const MEMORY_BYTES = 16 * 1024 * 1024
/** Pictures that wait to be written down take no more than this; beyond it they are given and not kept. Bytes. */
const MOST_UNWRITTEN = 16 * 1024 * 1024
/** How long a picture in memory waits for others to be written down with, milliseconds. */
const GATHER_MS = 50

export interface ResultCacheOptions {
  /** Absolute; made when absent. Nobody else works in it. */
  readonly folder: string
  /** Room that all files together may take, in bytes. 0 keeps nothing. */
  readonly maxBytes: number
  /** Bytes of pictures that are in memory too. Default 16 MiB. */
  readonly memoryBytes?: number
  /** How long a picture in memory may wait for its file, milliseconds; less than it takes to make some. Default 50. */
  readonly gatherMs?: number
  /** Whether the disk has room to spare for copies. */
  readonly hasRoom: () => boolean
  readonly log: Log
}

/**
 * `counted`: the files of earlier boots are known · `written`: `{ version }`, a picture that was given at once has its file ·
 * `left out`: `{ version }`, a file was removed to make room
 */
export type ResultCacheSignal = 'counted' | 'written' | 'left out'

interface Entry {
  readonly bytes: number
  /** Which file it was when its bytes were last found to be right; `null` when nobody has looked since the start. */
  readonly provenAs: string | null
}

/**
 * Pictures that were made for requests, in a folder, by their version. A version names source, rule and engine, so a
 * file is right for ever, and the only question is whether it is whole: nothing is synced, the first use after a start
 * reads the file against its sum, and one that changed later is read again. Beyond its room the least recently used go.
 * Small ones that were asked for last are in memory too.
 */
export class ResultCache implements Agent {
  readonly signals = new Signals<ResultCacheSignal>()
  readonly #options: ResultCacheOptions
  readonly #shelf: ResultShelf
  /** The least recently used first. */
  #entries = new Map<string, Entry>()
  #usedBytes = 0
  #made = 0
  #counting: Promise<void> | null = null
  #isCounted = false
  #isStopped = false
  /** Removals, one after another. */
  #removing: Promise<void> = Promise.resolve()
  readonly #writer: FileWriter
  /** Pictures that are in memory and not yet in files. */
  readonly #writing = new Set<Promise<void>>()
  #unwrittenBytes = 0

  constructor(options: ResultCacheOptions) {
    this.#options = options
    this.#shelf = new ResultShelf(options.memoryBytes ?? MEMORY_BYTES)
    this.#writer = new FileWriter(options.gatherMs ?? GATHER_MS)
  }

  /** Makes the folder. What earlier boots left in it can be used at once, and is counted while the house goes on. */
  async start(): Promise<void> {
    if (this.#counting !== null) return
    const { folder, log } = this.#options
    const writing = join(folder, WRITING_FOLDER)
    await rm(writing, { recursive: true, force: true })
    await mkdir(writing, { recursive: true, mode: 0o700 })
    this.#counting = this.#count().catch((error: unknown) => {
      log.error({ err: error, folder }, 'the result cache could not be counted; it may grow over its size')
    })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#counting
    await this.#writer.stop()
    await Promise.all(this.#writing)
    await this.#removing
  }

  /** Room taken by what is known, in bytes. */
  get usedBytes(): number {
    return this.#usedBytes
  }

  /** The picture of a version, held for the caller; `null` when there is none, or none that is whole. */
  async find(version: string): Promise<KeptPicture | null> {
    const shelved = this.#shelf.find(version)
    if (shelved !== null) {
      const entry = this.#entries.get(version)
      if (entry !== undefined) this.#note(version, entry)
      return KeptPicture.ofBytes(shelved.facts, shelved.bytes)
    }
    // Nobody else works in the folder, so what is not known is not there.
    if (this.#isCounted && !this.#entries.has(version)) return null
    const place = this.#place(version)
    let file: FileHandle
    try {
      file = await open(place, 'r')
    } catch (error) {
      this.#forget(version)
      if (!hasErrno(error, 'ENOENT')) this.#options.log.warn({ err: error, version }, 'a kept picture cannot be opened')
      return null
    }
    let picture: KeptPicture | null = null
    try {
      picture = await this.#proven(file, version)
      if (picture === null) {
        this.#options.log.warn({ version }, 'a kept picture is damaged; it is removed and made again')
        await this.#remove(version)
      }
    } catch (error) {
      this.#options.log.warn({ err: error, version }, 'a kept picture cannot be read')
    }
    if (picture === null) await file.close()
    return picture
  }

  async #proven(file: FileHandle, version: string): Promise<KeptPicture | null> {
    let facts = await file.stat()
    const begun = await readBeginning(file, version, facts.size)
    if (begun === null) return null
    const { head, beginning } = begun
    if (this.#entries.get(version)?.provenAs !== identityOf(facts) && !(await isWhole(file, head))) return null
    if (Date.now() - facts.mtimeMs > TOUCH_AFTER_MS) {
      const now = new Date()
      await file.utimes(now, now)
      facts = await file.stat()
    }
    this.#note(version, { bytes: roomOf(facts.size), provenAs: identityOf(facts) })
    if (beginning.length === head.size) this.#shelf.put(version, { facts: head, bytes: beginning })
    return new KeptPicture(head, file, HEAD_BYTES, beginning)
  }

  /**
   * Keeps a copy of a picture that has just been made, and gives it, held for the caller. `null` when it is not kept:
   * larger than the cache, no room on the disk, or not the bytes that were announced.
   */
  async keep(
    version: string,
    facts: Pick<ResultFacts, 'contentType' | 'size' | 'md5'>,
    source: FileHandle,
  ): Promise<KeptPicture | null> {
    const { folder, maxBytes, hasRoom, log } = this.#options
    if (roomOf(HEAD_BYTES + facts.size) > maxBytes || !hasRoom()) return null
    this.#made += 1
    const unfinished = join(folder, WRITING_FOLDER, `r-${this.#made}`)
    let file: FileHandle | null = null
    try {
      file = await open(unfinished, 'wx+', 0o600)
      const beginning = await writePictureFile(file, version, facts, source)
      if (beginning === null) throw new Error('the picture is not the one that the engine spoke of')
      const place = this.#place(version)
      await renameInto(unfinished, place)
      const written = await file.stat()
      this.#note(version, { bytes: roomOf(written.size), provenAs: identityOf(written) })
      this.#makeRoom()
      const { contentType, size } = facts
      return new KeptPicture({ contentType, size }, file, HEAD_BYTES, beginning)
    } catch (error) {
      log.warn({ err: error, version }, 'a picture could not be kept; it is given all the same')
      await file?.close()
      await rm(unfinished, { force: true }).catch(() => undefined)
      return null
    }
  }

  /**
   * Gives a picture that has just been made, held for the caller, and keeps it: in memory at once, in a file a little
   * later, so that nobody waits for that. Where it cannot be kept it is given all the same.
   */
  keepBytes(version: string, facts: Pick<ResultFacts, 'contentType' | 'size' | 'md5'>, bytes: Buffer): KeptPicture {
    const { maxBytes, hasRoom } = this.#options
    if (roomOf(HEAD_BYTES + bytes.length) <= maxBytes && hasRoom()) {
      this.#shelf.put(version, { facts, bytes })
      if (this.#unwrittenBytes + bytes.length <= MOST_UNWRITTEN && !this.#isStopped) {
        this.#unwrittenBytes += bytes.length
        const writing = this.#write(version, facts, bytes).finally(() => this.#writing.delete(writing))
        this.#writing.add(writing)
      }
    }
    return KeptPicture.ofBytes(facts, bytes)
  }

  async #write(
    version: string,
    facts: Pick<ResultFacts, 'contentType' | 'size' | 'md5'>,
    bytes: Buffer,
  ): Promise<void> {
    this.#made += 1
    const unfinished = join(this.#options.folder, WRITING_FOLDER, `r-${this.#made}`)
    try {
      const file = pictureFileOf(version, facts, bytes)
      if (file === null) throw new Error('what the engine says of the picture cannot be written down')
      await this.#writer.write({ unfinished, place: this.#place(version), bytes: file })
      // Whether its bytes add up to what the engine said is found out when they are read.
      this.#note(version, { bytes: roomOf(HEAD_BYTES + bytes.length), provenAs: null })
      this.#makeRoom()
    } catch (error) {
      this.#options.log.warn({ err: error, version }, 'a picture could not be kept; it was given all the same')
    } finally {
      this.#unwrittenBytes -= bytes.length
      this.signals.announce('written', { version })
    }
  }

  #place(version: string): string {
    return join(this.#options.folder, version.slice(0, 2), version)
  }

  /** As the most recently used. */
  #note(version: string, entry: Entry): void {
    this.#forget(version)
    this.#entries.set(version, entry)
    this.#usedBytes += entry.bytes
  }

  #forget(version: string): void {
    this.#usedBytes -= this.#entries.get(version)?.bytes ?? 0
    this.#entries.delete(version)
  }

  #makeRoom(): void {
    // Before everything is counted nobody knows what is the least recently used.
    if (!this.#isCounted) return
    for (const version of this.#entries.keys()) {
      if (this.#usedBytes <= this.#options.maxBytes) return
      void this.#remove(version).then(() => this.signals.announce('left out', { version }))
    }
  }

  /** Whoever reads it reads on: an open file outlives its name. */
  #remove(version: string): Promise<void> {
    this.#forget(version)
    this.#shelf.remove(version)
    const removal = this.#removing.then(async () => {
      // Made again meanwhile.
      if (this.#entries.has(version)) return
      await rm(this.#place(version), { force: true }).catch((error: unknown) => {
        this.#options.log.warn({ err: error, version }, 'a kept picture could not be removed')
      })
    })
    this.#removing = removal
    return removal
  }

  /** Finds what earlier boots left, and puts it behind what has been used since. */
  async #count(): Promise<void> {
    const { folder } = this.#options
    const found: { version: string; bytes: number; usedMs: number }[] = []
    for (const shard of await readdir(folder)) {
      if (!/^[0-9a-f]{2}$/.test(shard)) continue
      for (const name of await readdir(join(folder, shard))) {
        if (this.#isStopped) return
        if (!VERSION.test(name)) continue
        const facts = await stat(join(folder, shard, name)).catch(() => null)
        if (facts !== null) found.push({ version: name, bytes: roomOf(facts.size), usedMs: facts.mtimeMs })
      }
    }
    found.sort((one, other) => one.usedMs - other.usedMs)
    const since = this.#entries
    this.#entries = new Map()
    for (const { version, bytes } of found) {
      if (since.has(version)) continue
      this.#entries.set(version, { bytes, provenAs: null })
      this.#usedBytes += bytes
    }
    for (const [version, entry] of since) this.#entries.set(version, entry)
    this.#isCounted = true
    this.#makeRoom()
    this.signals.announce('counted')
  }
}

/** Another file, or the same after somebody wrote in it, is another identity. */
function identityOf({ ino, size, mtimeMs }: { ino: number; size: number; mtimeMs: number }): string {
  return `${ino} ${size} ${mtimeMs}`
}

function roomOf(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES
}

async function renameInto(from: string, place: string): Promise<void> {
  try {
    await rename(from, place)
  } catch (error) {
    if (!hasErrno(error, 'ENOENT')) throw error
    await mkdir(dirname(place), { recursive: true, mode: 0o700 })
    await rename(from, place)
  }
}
