import type { ExtFilter, StartNode } from '../wire/index.ts'
import { prefixOf } from './start-node.ts'

/**
 * What counts as which kind of file, by the extension of its key. The original does not say. Among pictures are some that
 * the engines cannot read: the job of such an upload fails and says so, which is better than a run that never began.
 */
export const kindsOfFile = {
  image: ['jpg', 'jpeg', 'png', 'gif', 'webp', 'bmp', 'tif', 'tiff', 'heic', 'heif', 'avif'],
  video: ['mp4', 'm4v', 'mov', 'mkv', 'avi', 'flv', 'wmv', 'webm', 'mpg', 'mpeg', 'ts', 'm3u8', '3gp', 'rmvb'],
  audio: ['mp3', 'wav', 'm4a', 'aac', 'flac', 'ogg', 'opus', 'wma', 'amr', 'ape'],
} as const satisfies Record<string, readonly string[]>

type KindOfFile = keyof typeof kindsOfFile
const KINDS = Object.keys(kindsOfFile) as KindOfFile[]

/** Whether an upload starts a run: prefix first, then what it is. */
export function matches(start: StartNode, upload: { readonly key: string; readonly contentType: string }): boolean {
  return upload.key.startsWith(prefixOf(start)) && passes(start.extFilter, upload)
}

/**
 * The kinds that are on are a union. By content type means: by what the upload says it is, for the kinds that are on or,
 * when none is, for all three.
 */
function passes(filter: ExtFilter | null, { key, contentType }: { key: string; contentType: string }): boolean {
  if (filter === null || filter.state === 'Off' || filter.allFile) return true
  const extension = extensionOf(key)
  const kinds = KINDS.filter((kind) => filter[kind])
  if (kinds.some((kind) => (kindsOfFile[kind] as readonly string[]).includes(extension))) return true
  if (filter.custom && filter.customExts.some((one) => one.toLowerCase().replace(/^\./, '') === extension)) return true
  if (!filter.contentType) return false
  const main = contentType.toLowerCase().split('/', 1)[0]!.trim()
  return (kinds.length > 0 ? kinds : KINDS).some((kind) => kind === main)
}

/** In lower case, without the dot; empty when the file name has none. */
function extensionOf(key: string): string {
  const name = key.slice(key.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(dot + 1).toLowerCase()
}
