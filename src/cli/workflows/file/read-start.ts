import {
  type ExtFilter,
  NO_KINDS,
  NO_OTHER_QUEUES,
  NOTIFY_EVENTS,
  type OtherQueues,
  said,
  type WorkflowNotify,
} from '../../../wire/index.ts'
import type { FileReader, Spot } from './file-reader.ts'

const EXTENSION = /^\.?[\p{L}\p{N}_-]{1,32}$/u
const MAX_EXTENSIONS = 10

/** Which kinds of files start a run: a word, a list of extensions, or a map. */
export function readExtensions(reader: FileReader, spot: Spot): ExtFilter | null {
  if (spot.node === null) return null
  if (reader.isText(spot)) {
    if (reader.choice(spot, ['images']) === null) return null
    return { ...NO_KINDS, image: true }
  }
  if (reader.isList(spot)) return { ...NO_KINDS, custom: true, customExts: readCustomExtensions(reader, spot) }
  const fields = reader.fields(spot, 'extensions')
  if (fields === null) return null
  const custom = reader.flag(fields.custom)
  return {
    state: reader.choice(fields.state, ['On', 'Off']) ?? 'On',
    image: reader.flag(fields.image),
    video: reader.flag(fields.video),
    audio: reader.flag(fields.audio),
    contentType: reader.flag(fields.contentType),
    custom,
    customExts: custom || fields.customExts.node !== null ? readCustomExtensions(reader, fields.customExts) : [],
    allFile: reader.flag(fields.allFile),
  }
}

function readCustomExtensions(reader: FileReader, spot: Spot): readonly string[] {
  const items = reader.items(spot, 'extensions such as jpg')
  if (items.length === 0 || items.length > MAX_EXTENSIONS) {
    reader.complain(spot, `${spot.field} has ${items.length} extensions, expected 1 to ${MAX_EXTENSIONS}.`)
  }
  return items.flatMap((item) => {
    const extension = reader.text(item, 'an extension such as jpg')
    if (extension === null) return []
    if (EXTENSION.test(extension)) return [extension]
    reader.complain(item, `${item.field} is ${said(extension)}, expected an extension such as jpg.`)
    return []
  })
}

export function readOtherQueues(reader: FileReader, spot: Spot): OtherQueues {
  const fields = reader.fields(spot, 'otherQueues')
  if (fields === null) return NO_OTHER_QUEUES
  return {
    media: reader.text(fields.media),
    speechRecognition: reader.text(fields.speechRecognition),
    aiProcess: reader.text(fields.aiProcess),
  }
}

/** Who is told, and of what. */
export function readNotify(reader: FileReader, spot: Spot): WorkflowNotify | null {
  const fields = reader.fields(spot, 'notify')
  if (fields === null) return null
  const state = reader.choice(fields.state, ['On', 'Off'])
  const url = reader.text(fields.url, 'an http or https address')
  const events = reader
    .items(fields.events, NOTIFY_EVENTS.join(', '))
    .flatMap((item) => reader.choice(item, NOTIFY_EVENTS) ?? [])
  if (url !== null && !isWebAddress(url)) {
    reader.complain(fields.url, `${fields.url.field} is ${said(url)}, expected an http or https address.`)
  }
  if (state !== 'Off') {
    if (fields.url.node === null) reader.complain(fields.url, `${fields.url.field} is missing, expected an address.`)
    if (fields.events.node === null || (reader.isList(fields.events) && events.length === 0)) {
      reader.complain(fields.events, `${fields.events.field} is missing, expected at least one event.`)
    }
  }
  return {
    state,
    events: [...new Set(events)],
    resultFormat: reader.choice(fields.format, ['XML', 'JSON']),
    url,
    type: reader.choice(fields.type, ['Url']),
  }
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}
