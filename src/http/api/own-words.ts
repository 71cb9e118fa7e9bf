import { Failure, type FailureCode } from '../../base/index.ts'

/** What the rooms call by its name in the protocol, and what it is called in the documents of this door. */
const ours: Readonly<Record<string, string>> = {
  'Input.Object': 'input',
  'Input.Prefix': 'input',
  'Input.UrlFile': 'input',
  'Input.Manifest': 'input',
  'Operation.TimeInterval.Start': 'from',
  'Operation.WorkflowIds': 'workflows',
  'Operation.CallBack': 'callback',
  'Operation.Output.Object': 'output',
  'Operation.Output.Bucket': 'output.bucket',
  'Operation.TemplateId': 'template',
  QueueId: 'queue',
  CallBack: 'callback',
}

/** What is wrong with a rule, where nothing else is named. */
const OF_RULES: ReadonlySet<FailureCode> = new Set([
  'RuleInvalid',
  'OperationNotOffered',
  'RuleNotApplicable',
  'StyleNotFound',
])

/** A refusal in the words of this door: it names the field as the client wrote it. */
export function inOwnWords(error: unknown): unknown {
  if (!(error instanceof Failure)) return error
  if (OF_RULES.has(error.code) && error.details.field === undefined) return withField(error, 'rule', error.message)
  const field = fieldOf(error)
  if (field === undefined) return error
  const name = ours[field]!
  const { message } = error
  return withField(error, name, message.startsWith(field) ? `${name}${message.slice(field.length)}` : message)
}

/** Where a room does not say it apart, the message begins with it. */
function fieldOf({ message, details: { field } }: Failure): string | undefined {
  if (typeof field === 'string' && Object.hasOwn(ours, field)) return field
  return Object.keys(ours).find((one) => message.startsWith(`${one} `) || message.startsWith(`${one}:`))
}

function withField({ code, cause, details }: Failure, field: string, message: string): Failure {
  return new Failure(code, message, { cause, details: { ...details, field } })
}
