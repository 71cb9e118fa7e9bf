import type { WireDocument } from './document.ts'
import { renderUtcTime } from './times.ts'

/** What an error answer says. The same document serves object hosts and CI hosts; they differ in codes only. */
export interface ErrorFacts {
  readonly code: string
  readonly message: string
  /** Host and path on object hosts, the path on CI hosts. */
  readonly resource: string
  readonly requestId: string
  readonly traceId: string
  /** For a signature that does not match: what this server signed. Nothing in it is secret. */
  readonly stringToSign?: string | undefined
  readonly formatString?: string | undefined
  /** For a clock problem: the time here, UTC milliseconds. SDKs set their clock by it. */
  readonly serverTimeMs?: number | undefined
}

/**
 * The error document. Always XML, whatever the client accepts: the only JSON form any client knows has numeric codes.
 * None of the five usual elements is ever empty: the Python SDK then finds the whole document unreadable and reports
 * code and message as "Unknown".
 */
export function errorDocument(facts: ErrorFacts): WireDocument {
  return {
    root: 'Error',
    content: {
      Code: filled(facts.code),
      Message: filled(facts.message),
      StringToSign: facts.stringToSign,
      FormatString: facts.formatString,
      ServerTime: facts.serverTimeMs === undefined ? undefined : renderUtcTime(facts.serverTimeMs),
      Resource: filled(facts.resource),
      RequestId: filled(facts.requestId),
      TraceId: filled(facts.traceId),
    },
  }
}

function filled(text: string): string {
  return text.trim() === '' ? '-' : text
}
