-- Ends a shadow. A terminal state never changes; a failure counts only from the lease's holder, a success from whoever achieved it.
-- KEYS: job.  ARGV: id, Thing, shadow, token, status, version, Lambda status, request id, error, verify (0, 1)
-- Returns 1, 2 where the Thing's shadows have now to land, 3 where the Thing has ended, or 0 where the shadow had ended or somebody else
-- holds it.
local job = find_job(ARGV[1])
local thing = job and thing_of(job, ARGV[2])
local field, token, status, error_text = ARGV[3], ARGV[4], ARGV[5], ARGV[9]
local shadow = thing and load(thing, field)
if not shadow or TERMINAL[shadow[STATUS]] or (status == 'failed' and shadow[TOKEN] ~= token) then
  return 0
end
shadow[TOKEN], shadow[HELD], shadow[ERROR] = '', 0, error_text
shadow[VERSION], shadow[LAMBDA_STATUS], shadow[REQUEST_ID] = ARGV[6], ARGV[7], ARGV[8]
-- A stopped job waits for no row.
local now, awaited = now_ms(), status == 'delivered' and ARGV[10] == '1' and not stopped(job)
if awaited then
  shadow[ROW], shadow[LANDED], shadow[LANDED_VERSION], shadow[LANDING_MS], shadow[DELIVERED_AT] = shadow[ROW] or '', '', '', '', now
end
move(job, 'shadows', shadow, status)
tally(job, 'shadows', status)
save(thing, field, shadow)
redis.call('ZREM', job.due, member_of(thing, field))
redis.call('SREM', job.parked, member_of(thing, field))
note_rate(job, now)
local record = load(thing, THING)
record[OPEN] = record[OPEN] - 1
if status == 'failed' then
  record[BAD] = record[BAD] + 1
  note_error(job, thing.name, field, error_text)
end
if awaited then
  record[AWAITED] = record[AWAITED] + 1
end
settle(job, thing, record, now)
abort_if_too_much_failed(job, now)
return is_landing(record) and 2 or TERMINAL[record[STATUS]] and 3 or 1
