import { bucket, escapeXml, region } from './house.ts'

export interface NodeFields {
  readonly name: string
  readonly templateId?: string
  readonly rule?: string
  /** Default `out/${RunId}/<name>.${Ext}`. */
  readonly output?: string
  readonly outputBucket?: string
  readonly outputRegion?: string
  readonly userData?: string
  /** Default `PicProcess`. */
  readonly type?: string
}

export interface WorkflowFields {
  readonly name?: string
  readonly state?: string
  readonly prefix?: string
  /** What stands inside of the start's `NotifyConfig`. */
  readonly notify?: string
  /** What else stands inside of the start's `Input`. */
  readonly input?: string
  /** Default: one node called `small` that makes the picture 60 pixels wide. */
  readonly nodes?: readonly NodeFields[]
  /** Default: every node behind the start, each leading to the end. */
  readonly dependencies?: string
}

/** A workflow as the protocol writes it; whatever is left out is left out. */
export function workflowXml(fields: WorkflowFields = {}): string {
  const nodes = fields.nodes ?? [{ name: 'small', rule: 'imageMogr2/thumbnail/60x' }]
  const names = nodes.map(({ name }) => name)
  const dependencies =
    fields.dependencies ?? `<Start>${names.join(',')}</Start>${names.map((name) => `<${name}>End</${name}>`).join('')}`
  const input = `${tag('ObjectPrefix', fields.prefix)}${
    fields.notify === undefined ? '' : `<NotifyConfig>${fields.notify}</NotifyConfig>`
  }${fields.input ?? ''}`
  return `<Request><MediaWorkflow>${tag('Name', fields.name ?? 'thumbs')}${tag('State', fields.state)}<Topology><Dependencies>${dependencies}</Dependencies><Nodes><Start><Type>Start</Type><Input>${input}</Input></Start>${nodes.map(nodeXml).join('')}</Nodes></Topology></MediaWorkflow></Request>`
}

function nodeXml(node: NodeFields): string {
  const rule = node.rule === undefined ? '' : `<PicProcess>${tag('ProcessRule', node.rule)}</PicProcess>`
  const output = `<Output>${tag('Region', node.outputRegion ?? region)}${tag('Bucket', node.outputBucket ?? bucket)}${tag('Object', node.output ?? `out/\${RunId}/${node.name}.\${Ext}`)}</Output>`
  return `<${node.name}>${tag('Type', node.type ?? 'PicProcess')}<Operation>${tag('TemplateId', node.templateId)}${rule}${output}${tag('UserData', node.userData)}</Operation></${node.name}>`
}

/** Events in XML to an address. */
export function notifyXml(url: string, events = 'TaskFinish,WorkflowFinish', format?: string): string {
  return `${tag('State', 'On')}${tag('Event', events)}${tag('Type', 'Url')}${tag('Url', url)}${tag('ResultFormat', format)}`
}

export interface BatchFields {
  readonly name?: string
  readonly type?: string
  /** What stands inside of `Input`. */
  readonly input: string
  /** What stands inside of `Operation`. */
  readonly operation: string
}

/** A batch as the protocol writes it. */
export function batchXml(fields: BatchFields): string {
  return `<Request>${tag('Name', fields.name ?? 'batch')}${tag('Type', fields.type)}<Input>${fields.input}</Input><Operation>${fields.operation}</Operation></Request>`
}

/** What a batch of jobs says besides its input: one rule, one place. */
export function batchJobXml(fields: {
  readonly rule?: string
  readonly templateId?: string
  readonly output?: string
  readonly outputBucket?: string
  readonly rest?: string
}): string {
  const param =
    fields.templateId === undefined
      ? `<PicProcess>${tag('ProcessRule', fields.rule ?? 'imageMogr2/thumbnail/20x')}</PicProcess>`
      : tag('TemplateId', fields.templateId)
  return `${tag('Tag', 'PicProcess')}<JobParam>${param}</JobParam><Output>${tag('Region', region)}${tag('Bucket', fields.outputBucket ?? bucket)}${tag('Object', fields.output ?? 'batch/${InventoryTriggerJobId}/${InputName}.${Ext}')}</Output>${fields.rest ?? ''}`
}

function tag(name: string, value: string | undefined): string {
  return value === undefined ? '' : `<${name}>${escapeXml(value)}</${name}>`
}
