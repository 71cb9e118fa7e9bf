import { type Asked, md5Base64 } from './dialect.ts'
import { go } from './kits.ts'
import { dialectSuite } from './suite.ts'

const part = ({ number, tag }: { number: number; tag: string }) =>
  `<Part><ETag>${tag.replaceAll('"', '&#34;')}</ETag><PartNumber>${number}</PartNumber></Part>`
/** Bodies that it makes itself. */
const xml = (body: string): Pick<Asked, 'body' | 'headers'> => ({
  body,
  headers: [
    ['Content-MD5', md5Base64(body)],
    ['Content-Type', 'application/xml'],
  ],
})

dialectSuite(go, {
  list: (prefix, delimiter) => ({
    method: 'GET',
    query: [
      ['delimiter', delimiter],
      ['max-keys', '10'],
      ['prefix', prefix],
    ],
  }),
  put: (key, body) => ({ method: 'PUT', key, body }),
  remove: (keys) => ({
    method: 'POST',
    query: [['delete', null]],
    ...xml(
      `<Delete>${keys.map((key) => `<Object><Key>${key.replaceAll('&', '&amp;')}</Key></Object>`).join('')}</Delete>`,
    ),
  }),
  initiate: (key) => ({ method: 'POST', key, query: [['uploads', null]] }),
  part: (key, uploadId, number, body) => ({
    method: 'PUT',
    key,
    body,
    query: [
      ['partNumber', String(number)],
      ['uploadId', uploadId],
    ],
  }),
  complete: (key, uploadId, parts) => ({
    method: 'POST',
    key,
    query: [['uploadId', uploadId]],
    ...xml(`<CompleteMultipartUpload>${parts.map(part).join('')}</CompleteMultipartUpload>`),
  }),
  listParts: (key, uploadId) => ({ method: 'GET', key, query: [['uploadId', uploadId]] }),
  listUploads: (prefix) => ({
    method: 'GET',
    query: [
      ['uploads', null],
      ['encoding-type', 'url'],
      ['prefix', prefix],
    ],
  }),
  picture: (key, rule) => ({ method: 'GET', key, query: [[rule, null]] }),
  imageProcess: (key, rules) => ({
    method: 'POST',
    key,
    query: [['image_process', null]],
    headers: [['Pic-Operations', rules]],
  }),
  submit: (body) => ({ at: 'ci', method: 'POST', key: 'pic_jobs', ...xml(body) }),
  describe: (id) => ({ at: 'ci', method: 'GET', key: `pic_jobs/${id}` }),
  describeMany: (ids) => ({ at: 'ci', method: 'GET', key: `jobs/${ids.join(',')}` }),
  listJobs: (queueId) => ({
    at: 'ci',
    method: 'GET',
    key: 'jobs',
    query: [
      ['queueId', queueId],
      ['tag', 'PicProcess'],
    ],
  }),
  cancel: (id) => ({ at: 'ci', method: 'PUT', key: `jobs/${id}`, query: [['cancel', null]] }),
  listQueues: () => ({
    at: 'ci',
    method: 'GET',
    key: 'picqueue',
    query: [
      ['pageNumber', '1'],
      ['pageSize', '2'],
    ],
  }),
  updateQueue: (id, body) => ({ at: 'ci', method: 'PUT', key: `queue/${id}`, ...xml(body) }),
  createTemplate: (body) => ({ at: 'ci', method: 'POST', key: 'template', ...xml(body) }),
  findTemplate: (id) => ({
    at: 'ci',
    method: 'GET',
    key: 'template',
    query: [
      ['tag', 'PicProcess'],
      ['ids', id],
    ],
  }),
  createWorkflow: (body) => ({ at: 'ci', method: 'POST', key: 'workflow', ...xml(body) }),
  setWorkflow: (id, state) => ({ at: 'ci', method: 'PUT', key: `workflow/${id}`, query: [[state, null]] }),
  listWorkflows: () => ({ at: 'ci', method: 'GET', key: 'workflow' }),
  trigger: (workflowId, object) => ({
    at: 'ci',
    method: 'POST',
    key: 'triggerworkflow',
    query: [
      ['name', ''],
      ['object', object],
      ['workflowId', workflowId],
    ],
  }),
  // Without any parameter.
  cancelBatch: (id) => ({ at: 'ci', method: 'PUT', key: `inventorytriggerjob/${id}` }),
  presigned: 'merged',
  tokenOfCi: 'x-cos-security-token',
})
