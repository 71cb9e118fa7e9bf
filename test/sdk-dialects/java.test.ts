import { type Asked, md5Base64 } from './dialect.ts'
import { java } from './kits.ts'
import { dialectSuite } from './suite.ts'

/** Its HTTP layer adds this to everything, unsigned. */
const plain = (asked: Asked): Asked => ({
  ...asked,
  unsignedHeaders: [...(asked.unsignedHeaders ?? []), ['x-cos-sdk-log-debug', 'off']],
})
const unquoted = ({ number, tag }: { number: number; tag: string }) =>
  `<Part><PartNumber>${number}</PartNumber><ETag>${tag.replaceAll('"', '')}</ETag></Part>`

dialectSuite(java, {
  list: (prefix, delimiter) =>
    plain({
      method: 'GET',
      query: [
        ['encoding-type', 'url'],
        ['prefix', prefix],
        ['delimiter', delimiter],
      ],
    }),
  put: (key, body) =>
    plain({
      method: 'PUT',
      key,
      body,
      headers: [
        ['Content-MD5', md5Base64(body)],
        ['Content-Type', 'text/plain'],
      ],
    }),
  remove: (keys) => {
    const body = `<Delete>${keys.map((key) => `<Object><Key>${key.replaceAll('&', '&amp;')}</Key></Object>`).join('')}</Delete>`
    return plain({ method: 'POST', query: [['delete', null]], body, headers: [['Content-MD5', md5Base64(body)]] })
  },
  initiate: (key) => plain({ method: 'POST', key, query: [['uploads', null]] }),
  part: (key, uploadId, number, body) =>
    plain({
      method: 'PUT',
      key,
      body,
      query: [
        ['uploadId', uploadId],
        ['partNumber', String(number)],
      ],
    }),
  complete: (key, uploadId, parts) =>
    plain({
      method: 'POST',
      key,
      query: [['uploadId', uploadId]],
      body: `<CompleteMultipartUpload>${parts.map(unquoted).join('')}</CompleteMultipartUpload>`,
    }),
  listParts: (key, uploadId) =>
    plain({
      method: 'GET',
      key,
      query: [
        ['uploadId', uploadId],
        ['part-number-marker', '0'],
      ],
    }),
  listUploads: (prefix) =>
    plain({
      method: 'GET',
      query: [
        ['uploads', null],
        ['prefix', prefix],
        ['encoding-type', 'url'],
      ],
    }),
  picture: (key, rule) => plain({ method: 'GET', key, unsignedQuery: encodeURIComponent(rule).replaceAll('!', '%21') }),
  imageProcess: (key, rules) =>
    plain({ method: 'POST', key, query: [['image_process', null]], headers: [['Pic-Operations', rules]] }),
  submit: (body) =>
    plain({ at: 'ci', method: 'POST', key: 'pic_jobs', body, headers: [['Content-Type', 'application/xml']] }),
  describe: (id) => plain({ at: 'ci', method: 'GET', key: `jobs/${id}` }),
  describeMany: (ids) => plain({ at: 'ci', method: 'GET', key: `jobs/${ids.join(',')}` }),
  listJobs: (queueId) =>
    plain({
      at: 'ci',
      method: 'GET',
      key: 'jobs',
      query: [
        ['queueId', queueId],
        ['tag', 'PicProcess'],
        ['size', '10'],
      ],
    }),
  // Without `?cancel`.
  cancel: (id) => plain({ at: 'ci', method: 'PUT', key: `jobs/${id}` }),
  listQueues: () => plain({ at: 'ci', method: 'GET', key: 'picqueue' }),
  updateQueue: (id, body) =>
    plain({ at: 'ci', method: 'PUT', key: `queue/${id}`, body, headers: [['Content-Type', 'application/xml']] }),
  createTemplate: (body) =>
    plain({ at: 'ci', method: 'POST', key: 'template', body, headers: [['Content-Type', 'application/xml']] }),
  findTemplate: (id) => plain({ at: 'ci', method: 'GET', key: 'template', query: [['ids', id]] }),
  // It can read, delete and trigger workflows, and no more.
  createWorkflow: null,
  setWorkflow: null,
  listWorkflows: () => plain({ at: 'ci', method: 'GET', key: 'workflow' }),
  trigger: (workflowId, object) =>
    plain({
      at: 'ci',
      method: 'POST',
      key: 'triggerworkflow',
      query: [
        ['workflowId', workflowId],
        ['object', object],
      ],
    }),
  cancelBatch: (id) => plain({ at: 'ci', method: 'PUT', key: `inventorytriggerjob/${id}`, query: [['cancel', null]] }),
  presigned: 'merged',
  tokenOfCi: 'x-cos-security-token',
})
