/** The documents the demo sends, written as a person would write them by hand. */

/** `xml` with every value escaped. */
function xml(pieces: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: pieces }, ...values.map(escaped))
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

export interface TemplateToMake {
  readonly name: string
  readonly rule: string
}

export function templateRequest({ name, rule }: TemplateToMake): string {
  return xml`<Request>
  <Tag>PicProcess</Tag>
  <Name>${name}</Name>
  <PicProcess>
    <IsPicInfo>true</IsPicInfo>
    <ProcessRule>${rule}</ProcessRule>
  </PicProcess>
</Request>`
}

export interface JobToSubmit {
  /** Key of the source. */
  readonly input: string
  /** A rule, or a template that holds one. */
  readonly by: { readonly rule: string } | { readonly templateId: string }
  readonly bucket: string
  readonly region: string
  /** Key of the result, placeholders allowed. */
  readonly output: string
  readonly callback: string
  readonly callbackFormat: 'XML' | 'JSON'
}

export function jobRequest(job: JobToSubmit): string {
  const how =
    'rule' in job.by
      ? xml`<PicProcess><IsPicInfo>true</IsPicInfo><ProcessRule>${job.by.rule}</ProcessRule></PicProcess>`
      : xml`<TemplateId>${job.by.templateId}</TemplateId>`
  const { bucket, region, output } = job
  return [
    '<Request>',
    '  <Tag>PicProcess</Tag>',
    xml`  <Input><Object>${job.input}</Object></Input>`,
    '  <Operation>',
    `    ${how}`,
    xml`    <Output><Region>${region}</Region><Bucket>${bucket}</Bucket><Object>${output}</Object></Output>`,
    '    <UserData>pixmill demo</UserData>',
    '  </Operation>',
    xml`  <CallBack>${job.callback}</CallBack>`,
    xml`  <CallBackFormat>${job.callbackFormat}</CallBackFormat>`,
    '</Request>',
  ].join('\n')
}
