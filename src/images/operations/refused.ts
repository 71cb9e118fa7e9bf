import type { FormatName } from '../rule/mogr-options.ts'

const faces = 'it needs to recognise faces'
const trained = 'it needs a trained model, and none comes with this server'
const label = 'where in a file the original keeps labels of generated content is not published'
const codes = 'codes are neither drawn nor recognised'
const blind = 'blind (invisible) watermarks are a method of the original service that is not published'

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
  scrop: faces,
  animate: 'it puts many objects together, and a rule works on one',
  hdr: 'pictures are written without their gain maps',
  AIGCMetadata: label,
  'watermark/3': blind,
  'watermark/4': blind,
  QRcode: codes,
}

function formats(reasons: { readonly [Name in FormatName]?: string }): { readonly [operation: string]: string } {
  return Object.fromEntries(Object.entries(reasons).map(([name, reason]) => [`format/${name}`, reason]))
}

/** What stands behind `ci-process=` in the query of a picture and is not carried out, and why. */
export const refusedProcesses: { readonly [process: string]: string } = {
  ImageInspect: 'what is hidden behind the end of a picture is not looked for',
  ImageAIGCMetadata: label,
  'qrcode-generate': codes,
  QRcode: codes,
  AISuperResolution: trained,
  AIEnhanceImage: trained,
  AIImageColoring: trained,
  AIImageCrop: trained,
  ImageRepair: trained,
  GoodsMatting: trained,
  AIPicMatting: trained,
  AIPortraitMatting: trained,
  AssessQuality: trained,
  'detect-label': trained,
  DetectFace: faces,
  'face-effect': faces,
  'detect-pet': trained,
  DetectCar: trained,
  AILicenseRec: trained,
  AIObjectDetect: trained,
  IDCardOCR: trained,
  LivenessRecognition: faces,
  OCR: trained,
  RecognizeLogo: trained,
  AIGameRec: trained,
  'ai-recognition': trained,
  'sensitive-content-recognition': trained,
  AutoTranslationBlock: trained,
  AIImageAnalysis: trained,
}

/** Parameters of a bucket that would have its pictures changed without a rule, and why they are not carried out. */
export const refusedSwitches: { readonly [parameter: string]: string } = {
  guetzli: 'Guetzli takes minutes for a picture; imageSlim and quality make it smaller where a rule asks for it',
  'image-slim': 'pictures are made smaller where a rule asks for it with imageSlim, not of themselves',
}
