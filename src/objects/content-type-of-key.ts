/** What an object is when neither the client nor the key says so. */
export const UNKNOWN_CONTENT_TYPE = 'application/octet-stream'

/** Extensions that uploads of an image pipeline have, and their neighbours. */
const typeOfExtension: Readonly<Record<string, string>> = {
  apng: 'image/apng',
  avif: 'image/avif',
  bmp: 'image/bmp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  ico: 'image/x-icon',
  jfif: 'image/jpeg',
  jpe: 'image/jpeg',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  jxl: 'image/jxl',
  png: 'image/png',
  psd: 'image/vnd.adobe.photoshop',
  svg: 'image/svg+xml',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  tpg: 'image/tpg',
  webp: 'image/webp',

  css: 'text/css',
  csv: 'text/csv',
  htm: 'text/html',
  html: 'text/html',
  js: 'text/javascript',
  json: 'application/json',
  log: 'text/plain',
  md: 'text/markdown',
  mjs: 'text/javascript',
  pdf: 'application/pdf',
  txt: 'text/plain',
  wasm: 'application/wasm',
  xml: 'application/xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',

  aac: 'audio/aac',
  avi: 'video/x-msvideo',
  flac: 'audio/flac',
  m3u8: 'application/vnd.apple.mpegurl',
  m4a: 'audio/mp4',
  mkv: 'video/x-matroska',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  webm: 'video/webm',

  '7z': 'application/x-7z-compressed',
  bz2: 'application/x-bzip2',
  gz: 'application/gzip',
  otf: 'font/otf',
  rar: 'application/vnd.rar',
  tar: 'application/x-tar',
  ttf: 'font/ttf',
  woff: 'font/woff',
  woff2: 'font/woff2',
  zip: 'application/zip',
}

/** The content type that a key's extension speaks of, of any case; `application/octet-stream` when it says nothing. */
export function contentTypeOfKey(key: string): string {
  const extension = /\.([A-Za-z0-9]+)$/.exec(key)?.[1]?.toLowerCase()
  if (extension === undefined || !Object.hasOwn(typeOfExtension, extension)) return UNKNOWN_CONTENT_TYPE
  return typeOfExtension[extension]!
}
