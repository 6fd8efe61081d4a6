-- Gives a leased piece of work back, to be looked at again after a delay.
-- KEYS: job.  ARGV: id, Thing ('' = what selects the job's Things), shadow ('' = the Thing's own), token, delay ms, charge (0: this
--   attempt is free; -1: it was none), error, Lambda status, request id
-- Returns 1, or 0 where the token is no longer the holder's.
local job = find_job(ARGV[1])
local thing = job and thing_of(job, ARGV[2])
local field, now = ARGV[3] == '' and THING or ARGV[3], now_ms()
local record = thing and load(thing, field)
if not record or TERMINAL[record[STATUS]] or record[TOKEN] ~= ARGV[4] then
  return 0
end
record[HELD], record[TOKEN] = now + tonumber(ARGV[5]), ''
-- To look again whether something has landed is no retry.
if not (field == THING and is_landing(record)) then
  tally(job, 'retries', ({ ['1'] = 'error', ['0'] = 'throttled', ['-1'] = 'paced' })[ARGV[6]])
end
if ARGV[6] ~= '1' then
  record[CHARGED] = record[CHARGED] - 1
end
if ARGV[6] == '-1' then
  -- It keeps its place in its Thing's stream, and its time has not begun.
  record[ATTEMPTS], record[TOKEN] = record[ATTEMPTS] - 1, RESERVED
  if record[ATTEMPTS] == 0 then
    record[FIRST] = 0
  end
end
-- Of a Thing that is landing it is the listing's.
if field ~= THING or record[LISTED] == 0 then
  record[ERROR] = ARGV[7]
end
if field ~= THING then
  record[LAMBDA_STATUS], record[REQUEST_ID] = ARGV[8], ARGV[9]
end
if field ~= THING and stopped(job) then
  local whole = load(thing, THING)
  cancel_shadow(job, thing, whole, field, record)
  settle(job, thing, whole, now)
  return 1
end
if thing.name ~= '' then
  move(job, field == THING and 'things' or 'shadows', record, 'pending')
end
save(thing, field, record)
redis.call('ZADD', job.due, record[HELD], member_of(thing, ARGV[3]))
return 1
