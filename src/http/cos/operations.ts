import { createBucket, deleteBucket, getLocation, headBucket, listBuckets } from './buckets.ts'
import { copyObject } from './copy-object.ts'
import { deleteObject } from './delete-object.ts'
import { deleteObjects } from './delete-objects.ts'
import { getObject } from './get-object.ts'
import { listObjects } from './list-objects.ts'
import { abortUpload, completeUpload, copyPart, listParts, listUploads, putPart, startUpload } from './multipart.ts'
import type { CosOperation } from './operation.ts'
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

  { name: 'GET Bucket', on: 'bucket', method: 'GET', permission: 'read', carryOut: listObjects },
  { name: 'HEAD Bucket', on: 'bucket', method: 'HEAD', permission: 'read', carryOut: headBucket },
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

  { name: 'GET Object', on: 'object', method: 'GET', permission: 'read', carryOut: getObject },
  { name: 'HEAD Object', on: 'object', method: 'HEAD', permission: 'read', carryOut: getObject },
  { name: 'PUT Object', on: 'object', method: 'PUT', permission: 'write', carryOut: putObject },
  {
    name: 'PUT Object - Copy',
    on: 'object',
    method: 'PUT',
    header: 'x-cos-copy-source',
    permission: 'write',
    carryOut: copyObject,
  },
  { name: 'DELETE Object', on: 'object', method: 'DELETE', permission: 'write', carryOut: deleteObject },

  {
    name: 'Initiate Multipart Upload',
    on: 'object',
    method: 'POST',
    parameter: 'uploads',
    permission: 'write',
    carryOut: startUpload,
  },
  {
    name: 'Upload Part',
    on: 'object',
    method: 'PUT',
    parameter: 'uploadId',
    permission: 'write',
    carryOut: putPart,
  },
  {
    name: 'Upload Part - Copy',
    on: 'object',
    method: 'PUT',
    parameter: 'uploadId',
    header: 'x-cos-copy-source',
    permission: 'write',
    carryOut: copyPart,
  },
  {
    name: 'Complete Multipart Upload',
    on: 'object',
    method: 'POST',
    parameter: 'uploadId',
    permission: 'write',
    carryOut: completeUpload,
  },
  {
    name: 'Abort Multipart Upload',
    on: 'object',
    method: 'DELETE',
    parameter: 'uploadId',
    permission: 'write',
    carryOut: abortUpload,
  },
  { name: 'List Parts', on: 'object', method: 'GET', parameter: 'uploadId', permission: 'read', carryOut: listParts },
]
