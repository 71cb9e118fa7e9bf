import type { FormatName } from '../rule/mogr-options.ts'

/**
 * What the language has and this server does not carry out, and why: for the refusal and for the reference page. A
 * format that cannot be written is here as `format/NAME`.
 */
export const refusedOperations: { readonly [operation: string]: string } = {
  ...formats({
    heif: 'HEVC needs a codec that cannot be given away freely',
    heic: 'HEVC needs a codec that cannot be given away freely',
    tpg: 'TPG is a proprietary format',
    apng: 'there is no writer for animated PNG',
    svgc: 'SVG is drawn, not written',
    psd: 'there is no PSD writer',
    astc: 'there is no ASTC writer',
    jp2: 'there is no JPEG 2000 writer',
  }),
  scrop: 'it needs to recognise faces',
  animate: 'putting pictures together is not carried out yet',
  hdr: 'gain maps are not kept yet',
  AIGCMetadata: 'labels of generated content are not written yet',
  'watermark/3': 'invisible watermarks are a method of its own of the original service',
  'watermark/4': 'invisible watermarks are a method of its own of the original service',
  QRcode: 'codes are not recognised',
}

function formats(reasons: { readonly [Name in FormatName]?: string }): { readonly [operation: string]: string } {
  return Object.fromEntries(Object.entries(reasons).map(([name, reason]) => [`format/${name}`, reason]))
}
