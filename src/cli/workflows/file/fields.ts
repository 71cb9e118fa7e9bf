/** A field of a workflow file, for the reader, its messages and docs/reference/workflow-file.md. */
export interface FileField {
  readonly name: string
  readonly isRequired?: true
  readonly expects: string
  readonly says: string
}

/** A file with the fields that are met first. */
export const exampleFile = `name: thumbs
state: Active
prefix: raw/
extensions: [jpg, png]
notify:
  url: https://hooks.example.org/pictures
  events: [TaskFinish, WorkflowFinish]
  format: JSON

nodes:
  small:
    rule: imageMogr2/thumbnail/320x/format/webp
    output: thumbs/\${InputName}-320.\${Ext}
  square:
    template: square
    output:
      key: squares/\${InputName}.\${Ext}
      bucket: squares-1250000000
      region: ap-local
`

/** Every field there is, by the part of the file in which it stands. */
export const fileFields = {
  workflow: [
    {
      name: 'name',
      isRequired: true,
      expects: '1 to 128 letters, digits, "-" or "_"',
      says: 'What the workflow is called.',
    },
    {
      name: 'state',
      expects: 'Active or Paused',
      says: 'Whether uploads start runs. Without it a new workflow is paused, and one that is replaced stays as it was.',
    },
    { name: 'prefix', expects: 'text', says: 'Only objects whose key begins so start a run. Without it: every key.' },
    {
      name: 'extensions',
      expects: 'a list of 1 to 10 extensions, the word images, or a map',
      says: 'Only objects of these kinds start a run; "images" stands for those that this server can read. Without it: every object.',
    },
    {
      name: 'queue',
      expects: 'id or name of a queue',
      says: 'Where the jobs wait. Without it: the image queue of the bucket.',
    },
    {
      name: 'otherQueues',
      expects: 'a map',
      says: 'Ids of queues that mean nothing to pictures, kept for programs that look for them.',
    },
    { name: 'notify', expects: 'a map', says: 'Where runs and their jobs are told. Without it: as the queue says.' },
    {
      name: 'nodes',
      isRequired: true,
      expects: 'a map of at least one node by its name',
      says: 'The pictures that are made.',
    },
  ],
  extensions: [
    { name: 'state', expects: 'On or Off', says: 'Off: no filter. Without it: On.' },
    { name: 'image', expects: 'true or false', says: 'Pictures, by their extension.' },
    { name: 'video', expects: 'true or false', says: 'Films, by their extension.' },
    { name: 'audio', expects: 'true or false', says: 'Sound, by its extension.' },
    { name: 'contentType', expects: 'true or false', says: 'Decide by the content type of the upload.' },
    { name: 'custom', expects: 'true or false', says: 'The extensions of customExts.' },
    { name: 'customExts', expects: 'a list of 1 to 10 extensions', says: 'Without dot, in any case.' },
    { name: 'allFile', expects: 'true or false', says: 'Everything.' },
  ],
  otherQueues: [
    { name: 'media', expects: 'id of a queue', says: 'QueueId of the protocol.' },
    { name: 'speechRecognition', expects: 'id of a queue', says: 'SpeechRecognitionQueueId of the protocol.' },
    { name: 'aiProcess', expects: 'id of a queue', says: 'AIProcessQueueId of the protocol.' },
  ],
  notify: [
    { name: 'url', expects: 'an http or https address', says: 'Who is told. Needed unless state is Off.' },
    {
      name: 'events',
      expects: 'a list of TaskFinish, WorkflowFinish, WorkflowStart',
      says: 'What is told. Needed unless state is Off.',
    },
    { name: 'format', expects: 'XML or JSON', says: 'Without it: XML.' },
    { name: 'state', expects: 'On or Off', says: 'Without it an address is enough.' },
    { name: 'type', expects: 'Url', says: 'The only kind there is; kept for programs that look for it.' },
  ],
  node: [
    { name: 'template', expects: 'id or name of a template', says: 'The saved rule to apply. Either this or rule.' },
    { name: 'rule', expects: 'a rule such as imageMogr2/thumbnail/640x', says: 'The rule to apply.' },
    {
      name: 'picInfo',
      expects: 'true or false',
      says: 'With rule: whether to report on the source. Without it: false.',
    },
    {
      name: 'after',
      expects: 'name of a node',
      says: 'The node whose result this one works on; the server must have PIXMILL_CHAINED_NODES on. Without it: the upload, which is called Start.',
    },
    {
      name: 'output',
      isRequired: true,
      expects: 'a key, or a map',
      says: 'Where the result goes. Placeholders: ${InputPath}, ${InputName}, ${InputNameAndExt}, ${Ext}, ${RunId}, ${Jobid}.',
    },
    { name: 'userData', expects: 'text of at most 1024 characters', says: 'What the callback of the job says back.' },
  ],
  output: [
    { name: 'key', isRequired: true, expects: 'a key', says: 'As above.' },
    { name: 'bucket', expects: 'name of a bucket', says: 'Without it: the bucket of the workflow.' },
    { name: 'region', expects: 'name of a region', says: 'Given when bucket is.' },
  ],
} as const satisfies Record<string, readonly FileField[]>

export type FilePart = keyof typeof fileFields
export type FieldName<Part extends FilePart> = (typeof fileFields)[Part][number]['name']
