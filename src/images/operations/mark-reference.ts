import type { ParameterForm } from '../rule/form.ts'
import { gravities } from '../rule/gravity.ts'

// What the reference page says of watermarks. How their parameters are read stands in `rule/watermark.ts`.

export const pictureMarkMeaning =
  'An interface of its own beside imageMogr2: puts another object of the same bucket onto the picture, once or again and again, on every frame of an animation. The address names the object; nothing is ever fetched from it. It may have a rule of its own in its query. What of the mark does not fit on the picture is cut off.'

/** The address in it is `http://album-1250000000.cos.ap-local.myqcloud.com/mark.png`. */
export const pictureMarkExample =
  'watermark/1/image/aHR0cDovL2FsYnVtLTEyNTAwMDAwMDAuY29zLmFwLWxvY2FsLm15cWNsb3VkLmNvbS9tYXJrLnBuZw/gravity/northeast/dx/10/dy/10'

/** Of the place, the size and the repetition of a mark. */
const placeParameters: readonly ParameterForm[] = [
  { name: 'gravity', values: gravities.join(', '), meaning: 'where the mark lies', default: 'southeast' },
  ...['dx', 'dy'].map((name) => ({
    name,
    values: 'a whole number from 0 to 50000',
    meaning: 'distance from there to the inside, pixels; along an edge in whose middle it lies it does not count',
    default: '0',
  })),
  {
    name: 'scatype',
    values: '1, 2 or 3',
    meaning: 'the mark is scaled to a share of the width (1), the height (2) or the area (3) of the picture',
    default: 'its own size',
  },
  {
    name: 'spcent',
    values: 'a whole number from 1 to 1000, with scatype/3 to 250',
    meaning: 'that share, in thousandths; counts with scatype',
    default: 'its own size',
  },
  { name: 'dissolve', values: 'a whole number from 1 to 100', meaning: 'opacity, percent', default: '90' },
  { name: 'batch', values: '0 or 1', meaning: '1 repeats the mark over the whole picture', default: '0' },
  {
    name: 'degree',
    values: 'a whole number from 0 to 360',
    meaning: 'turns the mark clockwise; counts with batch/1',
    default: '0',
  },
  {
    name: 'spacing',
    values: 'a whole number from 0 to 100',
    meaning: 'room between the marks, percent of their size; counts with batch/1',
    default: '10',
  },
]

export const pictureMarkParameters: readonly ParameterForm[] = [
  {
    name: 'image',
    values: 'Base64 of an http or https address',
    meaning: 'the object that is put on; it may not be an animation',
  },
  {
    name: 'blogo',
    values: '1 or 2',
    meaning: 'a mark larger than the picture is scaled down to it (1) or cut to it (2)',
    default: '2',
  },
  ...placeParameters,
]

export const textMarkMeaning =
  'An interface of its own beside imageMogr2: puts a text onto the picture, once or again and again, on every frame of an animation. Lines run from left to right, and a line break begins a new one. A character that the font does not have is set in another font that has it; one that no font has is an error which names it.'

/** The text in it is `Pixmill`, in white. */
export const textMarkExample = 'watermark/2/text/UGl4bWlsbA/fontsize/36/fill/I0ZGRkZGRg/shadow/60/dx/10'

export const textMarkParameters: readonly ParameterForm[] = [
  { name: 'text', values: 'Base64 of at most 4096 characters', meaning: 'what is put on' },
  {
    name: 'font',
    values: 'Base64 of the name of a font file, with or without its ending',
    meaning: 'the font in `PIXMILL_FONTS_DIR` that is preferred; a name that is not there does not count',
    default: 'tahoma.ttf where it is there, else the font of the project',
  },
  { name: 'fontsize', values: 'a whole number from 1 to 10000', meaning: 'size of the letters, pixels', default: '13' },
  { name: 'fill', values: 'Base64 of #RRGGBB', meaning: 'colour of the letters', default: '#3D3D3D' },
  { name: 'shadow', values: 'a whole number from 0 to 100', meaning: 'how dark the shadow is, percent', default: '0' },
  ...placeParameters,
]
