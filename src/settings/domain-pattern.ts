/** How a domain is written. What it means is for `http/domains.ts` to say. */
export const domainPattern = {
  regex:
    /^(\*\.[a-z0-9.-]+(:\d{1,5})?=\*|([a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(:\d{1,5})?=[a-z0-9][a-z0-9-]*-\d+)(\/(object|ci|both))?$/i,
  expected:
    'hosts and what they stand for: HOST=BUCKET for its objects, HOST=BUCKET/ci for its jobs, HOST=BUCKET/both, or *.SUFFIX=*; a host may end in :PORT',
} as const
