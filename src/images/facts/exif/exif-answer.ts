import { plain } from './exif-display.ts'
import { readExif } from './read-exif.ts'

/**
 * The answer to `exif`: each field by its name, with its value as people read it and the number of its type. The protocol
 * says nothing of what an answer looks like when there is something to tell; this is the form of the service that the
 * rule language comes from.
 *
 * @param block the EXIF block of a picture, or a whole TIFF file; `null` for a picture without one
 */
export function exifAnswer(block: Uint8Array | null): string {
  const fields = block === null ? [] : readExif(block)
  if (fields.length === 0) return '{"error" : "no exif data"}'
  return JSON.stringify(
    Object.fromEntries(
      fields.map((field) => [field.tag.name, { val: field.tag.display(field) ?? plain(field), type: field.type }]),
    ),
  )
}
