import { booleanField, required, textField } from './fields.ts'
import type { PicProcess } from './jobs-detail.ts'
import type { XmlElement } from './xml/element.ts'

/**
 * Reads the `PicProcess` node of a job or a template. Whether the rule can be carried out is asked elsewhere.
 * @param path where the node stands, for instance `Operation/PicProcess`
 */
export function readPicProcess(root: XmlElement, path: string): PicProcess {
  return {
    isPicInfo: booleanField(root, `${path}/IsPicInfo`) ?? false,
    processRule: required(textField(root, `${path}/ProcessRule`), `${path}/ProcessRule`),
  }
}
