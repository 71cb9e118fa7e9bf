/**
 * SQL that writes ended jobs as they lie in a ledger, each with its event, a delivered callback and one attempt: so many
 * could not be submitted and run in the time of a test. They ended one per millisecond, the last one at `lastEndedAt`.
 */
export function endedJobsSql({ count, lastEndedAt }: { count: number; lastEndedAt: number }): string {
  const numbers = `with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < ${count})`
  const at = `(${lastEndedAt - count + 1} + i)`
  const id = (prefix: string) => `'${prefix}' || printf('%032x', i)`
  return `
    insert into jobs (id, bucket, region, queue_id, state, code, message, level, created_at, started_at, ended_at,
      not_before, input_object, output_bucket, output_region, output_object, is_pic_info, process_rule, result_json)
    ${numbers} select ${id('c')}, 'album-1250000000', 'ap-test', 'p1', 'Success', 'Success', '', 0, ${at}, ${at}, ${at},
      ${at}, 'in/' || i || '.jpg', 'album-1250000000', 'ap-test', 'out/' || i || '.jpg', 0, 'imageMogr2/thumbnail/320x',
      '{"objectName":"out.jpg"}' from n;
    insert into events (id, name, subject, bucket, created_at)
    ${numbers} select ${id('evt_')}, 'TaskFinish', ${id('c')}, 'album-1250000000', ${at} from n;
    insert into deliveries (id, event_id, event_name, subject, url, origin, content_type, body, state, created_at,
      ended_at, attempts)
    ${numbers} select ${id('dlv_')}, ${id('evt_')}, 'TaskFinish', ${id('c')}, 'http://receiver.test/hook',
      'http://receiver.test', 'application/xml', randomblob(1500), 'Delivered', ${at}, ${at}, 1 from n;
    insert into attempts (delivery_id, number, started_at, duration_ms, status, answer)
    ${numbers} select ${id('dlv_')}, 1, ${at}, 5, 200, '' from n;
  `
}
