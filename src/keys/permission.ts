/**
 * What somebody may do in a bucket:
 *
 * - `read`: objects and pictures, lists, and what is told of jobs, queues, templates, workflows, runs and batches;
 * - `write`: put, copy and delete objects;
 * - `submit`: start and cancel jobs, runs and batches, and have their results written to the bucket they run in;
 * - `administer`: the bucket itself and its queues, templates, workflows and styles; includes the other three.
 */
export const permissions = ['read', 'write', 'submit', 'administer'] as const

export type Permission = (typeof permissions)[number]

/** Where somebody may do what. */
export interface Grant {
  /** Names of buckets; a `*` stands for any characters, none included. `*` alone is every bucket, and the server itself. */
  readonly buckets: readonly string[]
  readonly permissions: readonly Permission[]
}

/** Everything, everywhere. */
export const grantOfAll: Grant = Object.freeze({ buckets: ['*'], permissions: ['administer'] as const })

/** Nothing, nowhere. */
export const grantOfNone: Grant = Object.freeze({ buckets: [], permissions: [] })

/** Whether a grant covers a permission in a bucket. `null`: in every bucket, those that are still to be made too. */
export function grants(grant: Grant, permission: Permission, bucket: string | null): boolean {
  if (!grant.permissions.includes(permission) && !grant.permissions.includes('administer')) return false
  return bucket === null
    ? grant.buckets.includes('*')
    : grant.buckets.some((pattern) => matchesPattern(pattern, bucket))
}

/** Whether every bucket that `pattern` can stand for is covered by a grant's buckets. */
export function coversPattern(buckets: readonly string[], pattern: string): boolean {
  // A star in the narrower one is a character like any other to the wider one, which only its own star can match.
  return buckets.some((wider) => matchesPattern(wider, pattern))
}

/**
 * Compares from the left, and goes back to the last star when it does not fit: time grows with the product of both
 * lengths and never faster, whatever a stranger sends as the name of a bucket.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  let p = 0
  let n = 0
  let star = -1
  let afterStar = 0
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p
      p += 1
      afterStar = n
    } else if (pattern[p] === name[n]) {
      p += 1
      n += 1
    } else if (star !== -1) {
      afterStar += 1
      n = afterStar
      p = star + 1
    } else {
      return false
    }
  }
  while (pattern[p] === '*') p += 1
  return p === pattern.length
}
