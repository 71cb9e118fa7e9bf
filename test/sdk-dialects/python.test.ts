import { md5Base64 } from './dialect.ts'
import { python } from './kits.ts'
import { dialectSuite } from './suite.ts'

const declared = '<?xml version="1.0" encoding="utf-8"?>\n'
const asRequest = (body: string) => declared + body
const part = ({ number, tag }: { number: number; tag: string }) =>
  `<Part><PartNumber>${number}</PartNumber><ETag>${tag.replaceAll('"', '&quot;')}</ETag></Part>`

dialectSuite(python, {
  list: (prefix, delimiter) => ({
    method: 'GET',
    query: [
      ['prefix', prefix],
      ['delimiter', delimiter],
      ['marker', ''],
      ['max-keys', '1000'],
      ['encoding-type', 'url'],
    ],
  }),
  put: (key, body) => ({ method: 'PUT', key, body, headers: [['Content-MD5', md5Base64(body)]] }),
  remove: (keys) => {
    const body = asRequest(
      `<Delete>${keys.map((key) => `<Object><Key>${key.replaceAll('&', '&amp;')}</Key></Object>`).join('')}<Quiet>false</Quiet></Delete>`,
    )
    return { method: 'POST', query: [['delete', '']], body, headers: [['Content-MD5', md5Base64(body)]] }
  },
  initiate: (key) => ({ method: 'POST', key, query: [['uploads', '']] }),
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
    body: asRequest(`<CompleteMultipartUpload>${parts.map(part).join('')}</CompleteMultipartUpload>`),
  }),
  listParts: (key, uploadId) => ({
    method: 'GET',
    key,
    query: [
      ['uploadId', uploadId],
      ['part-number-marker', '0'],
      ['max-parts', '1000'],
      ['encoding-type', ''],
    ],
  }),
  listUploads: (prefix) => ({
    method: 'GET',
    query: [
      ['uploads', ''],
      ['prefix', prefix],
      ['delimiter', ''],
      ['key-marker', ''],
      ['upload-id-marker', ''],
      ['max-uploads', '1000'],
      ['encoding-type', 'url'],
    ],
  }),
  picture: (key, rule) => ({ method: 'GET', key, unsignedQuery: `${encodeURIComponent(rule)}=` }),
  imageProcess: (key, rules) => ({
    method: 'POST',
    key,
    query: [['image_process', '']],
    headers: [['Pic-Operations', rules]],
  }),
  submit: (body) => ({ at: 'ci', method: 'POST', key: 'pic_jobs', body: asRequest(body) }),
  describe: (id) => ({ at: 'ci', method: 'GET', key: `pic_jobs/${id}` }),
  describeMany: (ids) => ({ at: 'ci', method: 'GET', key: `jobs/${ids.join(',')}` }),
  listJobs: (queueId) => ({
    at: 'ci',
    method: 'GET',
    key: 'pic_jobs',
    query: [
      ['tag', 'PicProcess'],
      ['orderByTime', 'Desc'],
      ['states', 'All'],
      ['size', '10'],
      ['nextToken', ''],
      ['queueId', queueId],
    ],
  }),
  cancel: (id) => ({ at: 'ci', method: 'PUT', key: `jobs/${id}`, unsignedQuery: 'cancel' }),
  listQueues: () => ({
    at: 'ci',
    method: 'GET',
    key: 'picqueue',
    query: [
      ['queueIds', ''],
      ['state', 'All'],
      ['pageNumber', ''],
      ['pageSize', ''],
    ],
  }),
  updateQueue: (id, body) => ({ at: 'ci', method: 'PUT', key: `picqueue/${id}`, body: asRequest(body) }),
  createTemplate: (body) => ({
    at: 'ci',
    method: 'POST',
    key: 'template',
    body: asRequest(body),
    headers: [['Content-Type', 'application/xml']],
  }),
  findTemplate: (id) => ({
    at: 'ci',
    method: 'GET',
    key: 'template',
    query: [
      ['category', 'Custom'],
      ['ids', id],
      ['name', ''],
      ['pageNumber', '1'],
      ['pageSize', '10'],
    ],
  }),
  createWorkflow: (body) => ({ at: 'ci', method: 'POST', key: 'workflow', body: asRequest(body) }),
  setWorkflow: (id, state) => ({ at: 'ci', method: 'PUT', key: `workflow/${id}`, query: [[state, '']] }),
  listWorkflows: () => ({
    at: 'ci',
    method: 'GET',
    key: 'workflow',
    query: [
      ['ids', ''],
      ['name', ''],
      ['pageNumber', '1'],
      ['pageSize', '10'],
    ],
  }),
  trigger: (workflowId, object) => ({
    at: 'ci',
    method: 'POST',
    key: 'triggerworkflow',
    query: [
      ['workflowId', workflowId],
      ['object', object],
    ],
  }),
  cancelBatch: (id) => ({ at: 'ci', method: 'PUT', key: `inventorytriggerjob/${id}`, unsignedQuery: 'cancel' }),
  presigned: 'separate',
  tokenOfCi: 'x-ci-security-token',
})
