import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './acl.ts'
import { createBucket, deleteBucket, getLocation, headBucket, listBuckets } from './buckets.ts'
import { copyObject } from './copy-object.ts'
import { deleteCors, getCors, putCors } from './cors.ts'
import { deleteObject } from './delete-object.ts'
import { deleteObjects } from './delete-objects.ts'
import { getObject } from './get-object.ts'
import { listObjects } from './list-objects.ts'
import { abortUpload, completeUpload, copyPart, listParts, listUploads, putPart, startUpload } from './multipart.ts'
import type { CosOperation } from './operation.ts'
import { processObject, putAndProcess } from './pic-operations.ts'
import { putObject } from './put-object.ts'
import {
  deleteOriginProtection,
  deleteStyle,
  getOriginProtection,
  getStyles,
  putOriginProtection,
  putStyle,
} from './styles.ts'

/**
 * Everything this door carries out. Of several operations that a request could be, the one with the parameter counts,
 * then the one with the header: `find-operation.ts`.
 */
export const operations: readonly CosOperation[] = [
  { name: 'GET Service', on: 'service', method: 'GET', permission: 'read', carryOut: listBuckets },

  {
    name: 'GET Bucket',
    on: 'bucket',
    method: 'GET',
    permission: 'read',
    everybodyIf: 'bucket is readable',
    carryOut: listObjects,
  },
  {
    name: 'HEAD Bucket',
    on: 'bucket',
    method: 'HEAD',
    permission: 'read',
    everybodyIf: 'bucket is readable',
    carryOut: headBucket,
  },
  { name: 'PUT Bucket', on: 'bucket', method: 'PUT', permission: 'administer', carryOut: createBucket },
  { name: 'DELETE Bucket', on: 'bucket', method: 'DELETE', permission: 'administer', carryOut: deleteBucket },
  {
    name: 'GET Bucket location',
    on: 'bucket',
    method: 'GET',
    parameter: 'location',
    permission: 'read',
    carryOut: getLocation,
  },
  {
    name: 'DELETE Multiple Objects',
    on: 'bucket',
    method: 'POST',
    parameter: 'delete',
    permission: 'write',
    everybodyIf: 'bucket is writable',
    carryOut: deleteObjects,
  },
  {
    name: 'List Multipart Uploads',
    on: 'bucket',
    method: 'GET',
    parameter: 'uploads',
    permission: 'read',
    carryOut: listUploads,
  },

  {
    name: 'GET Bucket style',
    on: 'bucket',
    method: 'GET',
    parameter: 'style',
    permission: 'read',
    carryOut: getStyles,
  },
  {
    name: 'PUT Bucket style',
    on: 'bucket',
    method: 'PUT',
    parameter: 'style',
    permission: 'administer',
    carryOut: putStyle,
  },
  {
    name: 'DELETE Bucket style',
    on: 'bucket',
    method: 'DELETE',
    parameter: 'style',
    permission: 'administer',
    carryOut: deleteStyle,
  },
  {
    name: 'GET Bucket origin-protect',
    on: 'bucket',
    method: 'GET',
    parameter: 'origin-protect',
    permission: 'read',
    carryOut: getOriginProtection,
  },
  {
    name: 'PUT Bucket origin-protect',
    on: 'bucket',
    method: 'PUT',
    parameter: 'origin-protect',
    permission: 'administer',
    carryOut: putOriginProtection,
  },
  {
    name: 'DELETE Bucket origin-protect',
    on: 'bucket',
    method: 'DELETE',
    parameter: 'origin-protect',
    permission: 'administer',
    carryOut: deleteOriginProtection,
  },

  { name: 'GET Bucket acl', on: 'bucket', method: 'GET', parameter: 'acl', permission: 'read', carryOut: getBucketAcl },
  {
    name: 'PUT Bucket acl',
    on: 'bucket',
    method: 'PUT',
    parameter: 'acl',
    permission: 'administer',
    carryOut: putBucketAcl,
  },
  { name: 'GET Bucket cors', on: 'bucket', method: 'GET', parameter: 'cors', permission: 'read', carryOut: getCors },
  {
    name: 'PUT Bucket cors',
    on: 'bucket',
    method: 'PUT',
    parameter: 'cors',
    permission: 'administer',
    carryOut: putCors,
  },
  {
    name: 'DELETE Bucket cors',
    on: 'bucket',
    method: 'DELETE',
    parameter: 'cors',
    permission: 'administer',
    carryOut: deleteCors,
  },
  { name: 'GET Object acl', on: 'object', method: 'GET', parameter: 'acl', permission: 'read', carryOut: getObjectAcl },
  {
    name: 'PUT Object acl',
    on: 'object',
    method: 'PUT',
    parameter: 'acl',
    permission: 'write',
    carryOut: putObjectAcl,
  },

  {
    name: 'GET Object',
    on: 'object',
    method: 'GET',
    permission: 'read',
    everybodyIf: 'object is readable',
    carryOut: getObject,
  },
  {
    name: 'HEAD Object',
    on: 'object',
    method: 'HEAD',
    permission: 'read',
    everybodyIf: 'object is readable',
    carryOut: getObject,
  },
  {
    name: 'PUT Object',
    on: 'object',
    method: 'PUT',
    permission: 'write',
    everybodyIf: 'bucket is writable',
    carryOut: putObject,
  },
  {
    name: 'PUT Object - Copy',
    on: 'object',
    method: 'PUT',
    header: 'x-cos-copy-source',
    permission: 'write',
    everybodyIf: 'bucket is writable',
    carryOut: copyObject,
  },
  {
    name: 'DELETE Object',
    on: 'object',
    method: 'DELETE',
    permission: 'write',
    everybodyIf: 'bucket is writable',
    carryOut: deleteObject,
  },
  {
    name: 'PUT Object with Pic-Operations',
    on: 'object',
    method: 'PUT',
    header: 'pic-operations',
    permission: 'write',
    everybodyIf: 'bucket is writable',
    carryOut: putAndProcess,
  },
  {
    name: 'POST Object image_process',
    on: 'object',
    method: 'POST',
    parameter: 'image_process',
    permission: 'write',
    carryOut: processObject,
  },

  {
    name: 'Initiate Multipart Upload',
    on: 'object',
    method: 'POST',
    parameter: 'uploads',
    permission: 'write',
    everybodyIf: 'bucket is writable',
    carryOut: startUpload,
  },
  {
    name: 'Upload Part',
    on: 'object',
    method: 'PUT',
    parameter: 'uploadId',
    permission: 'write',
    everybodyIf: 'bucket is writable',
    carryOut: putPart,
  },
  {
    name: 'Upload Part - Copy',
    on: 'object',
    method: 'PUT',
    parameter: 'uploadId',
    header: 'x-cos-copy-source',
    permission: 'write',
    everybodyIf: 'bucket is writable',
    carryOut: copyPart,
  },
  {
    name: 'Complete Multipart Upload',
    on: 'object',
    method: 'POST',
    parameter: 'uploadId',
    permission: 'write',
    everybodyIf: 'bucket is writable',
    carryOut: completeUpload,
  },
  {
    name: 'Abort Multipart Upload',
    on: 'object',
    method: 'DELETE',
    parameter: 'uploadId',
    permission: 'write',
    everybodyIf: 'bucket is writable',
    carryOut: abortUpload,
  },
  { name: 'List Parts', on: 'object', method: 'GET', parameter: 'uploadId', permission: 'read', carryOut: listParts },
]
