/**
 * What programs do with the original service, one line each of docs/compatibility.md. A suite of a kit (an SDK) says of
 * each of its tests which of these it shows.
 */
export const operations = {
  Service: ['Get Service (list buckets)'],
  Buckets: [
    'Put Bucket',
    'Head Bucket',
    'Delete Bucket',
    'Get Bucket (list objects)',
    'Put and Get Bucket ACL',
    'Put, Get and Delete Bucket CORS',
  ],
  Objects: [
    'Put Object',
    'Put Object of unknown length',
    'Get Object',
    'Get Object in ranges',
    'Get Object with conditions',
    'Get Object with other headers (response-*)',
    'Head Object',
    'Delete Object',
    'Delete Multiple Objects',
    'Put Object - Copy',
    'Put and Get Object ACL',
    'Options Object (preflight)',
    'Metadata and keys beyond ASCII',
    'Pre-signed GET',
    'Pre-signed PUT',
    'Temporary keys',
  ],
  'Uploads in parts': [
    'Initiate, Upload Part, Complete',
    'Upload of a large file',
    'Upload that goes on after a broken connection',
    'Upload Part - Copy',
    'Abort Multipart Upload',
    'List Parts',
    'List Multipart Uploads',
  ],
  Pictures: [
    'Picture by a rule in the URL',
    'imageInfo',
    'Pic-Operations on upload',
    'Pic-Operations on a stored object',
    'Pic-Operations on an upload in parts',
  ],
  Jobs: [
    'Open the service (picbucket)',
    'Submit a job',
    'Describe a job',
    'Describe several jobs',
    'List jobs',
    'Cancel a job',
  ],
  Queues: ['List queues', 'Pause a queue', 'Change the callback of a queue'],
  Templates: ['Create, list, update and delete templates'],
  Workflows: [
    'Create a workflow',
    'Update a workflow',
    'Activate and pause a workflow',
    'List workflows',
    'Trigger a workflow, read its runs',
    'Delete a workflow',
    'Start and cancel a batch',
  ],
} as const

type Groups = typeof operations
/** One line of the table. */
export type OperationName = Groups[keyof Groups][number]

/** The columns: what each kit is, and how it is tried. */
export const kits = {
  Node: { sdk: 'cos-nodejs-sdk-v5', way: 'verified' },
  Browser: { sdk: 'cos-js-sdk-v5', way: 'verified' },
  Python: { sdk: 'cos-python-sdk-v5', way: 'replayed' },
  Go: { sdk: 'cos-go-sdk-v5', way: 'replayed' },
  Java: { sdk: 'cos-java-sdk-v5', way: 'replayed' },
} as const

export type Kit = keyof typeof kits

const noSuchCall = 'the SDK has no such call'

/** Cells that no test fills, and why. What stands nowhere is `not tried`. */
export const remarks: Partial<Record<Kit, Partial<Record<OperationName, string>>>> = {
  Browser: {
    'Put Object of unknown length': 'browsers send no such bodies',
    'Options Object (preflight)': 'the browser asks by itself before every call',
  },
  Python: { 'Options Object (preflight)': noSuchCall },
  Java: {
    'Options Object (preflight)': noSuchCall,
    'Create a workflow': noSuchCall,
    'Update a workflow': noSuchCall,
    'Activate and pause a workflow': noSuchCall,
  },
}
