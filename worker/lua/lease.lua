-- Takes a piece of work for one worker, if nobody holds it.
-- KEYS: job.  ARGV: id, Thing ('' = what selects the job's Things), shadow ('' = the Thing's own), token
-- Returns {'leased', attempts, charged attempts, ms since the first attempt, the job's options, is landing (0 or 1), version of the row,
-- the only shadows wanted, lane}, {'held'}, {'over'} (ended) or {'unknown'} (there is no such job, or no longer).
local job = find_job(ARGV[1])
local token, field, now = ARGV[4], ARGV[3] == '' and THING or ARGV[3], now_ms()
if not job then
  local member = table.concat(ARGV, '/', 1, 3):gsub('/+$', '')
  redis.call('ZREM', PREFIX .. 'due:interactive', member)
  redis.call('ZREM', PREFIX .. 'due:bulk', member)
  return { 'unknown' }
end
local thing = thing_of(job, ARGV[2])
local member, record = member_of(thing, ARGV[3]), load(thing, field)
local scope = ARGV[2] ~= '' and (field == THING and 'things' or 'shadows')

local function leased()
  local options = redis.call('HGET', job.key, 'options') or ''
  local landing = field == THING and is_landing(record) and 1 or 0
  local row = field ~= THING and record[ROW] or ''
  local only = field == THING and record[ONLY] or ''
  return { 'leased', record[ATTEMPTS], record[CHARGED], now - record[FIRST], options, landing, row, only, job.lane }
end

-- When the next request may be made to this Thing, at so many a second, and whether that place is taken: of many Things only what is not
-- further off than a second is, so that somebody who waits for this one has no long queue before him.
local function place_in_stream()
  local key = PREFIX .. 'pace:thing:' .. thing.name
  local earlier = redis.call('LINDEX', key, THING_TPS - 1)
  local place = earlier and math.max(now, tonumber(earlier) + 1000) or now
  if job.lane == 'bulk' and place > now + 1000 then
    return now + 1000, false
  end
  redis.call('LPUSH', key, place)
  redis.call('LTRIM', key, 0, THING_TPS - 1)
  redis.call('PEXPIRE', key, place - now + 1000)
  return place, true
end

if scope == false and redis.call('HGET', job.key, 'status') == 'awaiting_confirmation' then
  -- It is due when the time to confirm it is over.
  if now < count(job, 'confirmUntil') then
    return { 'held' }
  end
  redis.call('HSET', job.key, 'error', 'NotConfirmedError: nobody confirmed it in time')
  stop(job, 'cancelled', now)
  return { 'over' }
end
if not record or TERMINAL[record[STATUS]] or (field == THING and record[LISTED] == 1 and not is_landing(record)) then
  redis.call('ZREM', job.due, member)
  return { 'over' }
end
-- A worker that lost the answer to its first try asks again, with the same token.
if record[TOKEN] == token then
  return leased()
end
if now < record[HELD] then
  return { 'held' }
end
if record[TOKEN] ~= '' and record[TOKEN] ~= RESERVED then
  tally(job, 'lease_expiries')
end
-- A worker died with it, and the job was stopped meanwhile.
if stopped(job) then
  local whole = load(thing, THING)
  cancel_shadow(job, thing, whole, field, record)
  settle(job, thing, whole, now)
  return { 'over' }
end
-- To look whether something has landed is to send nothing.
if is_paused(job) and not (field == THING and is_landing(record)) then
  if record[STATUS] == 'running' and field ~= THING then
    move(job, 'shadows', record, 'pending')
  end
  -- The time that it is put aside is not what it may take.
  record[TOKEN], record[HELD], record[FIRST] = '', 0, 0
  save(thing, field, record)
  redis.call('ZREM', job.due, member)
  redis.call('SADD', job.parked, member)
  return { 'held' }
end
-- A place that was missed is none any more.
local has_place = record[TOKEN] == RESERVED and now - record[HELD] < 1000
if scope and not (field == THING and is_landing(record)) and not has_place then
  local place, taken = place_in_stream()
  if place > now then
    record[TOKEN], record[HELD] = taken and RESERVED or '', place
    save(thing, field, record)
    redis.call('ZADD', job.due, place, member)
    return { 'held' }
  end
end
if record[FIRST] == 0 then
  record[FIRST] = now
end
record[ATTEMPTS], record[CHARGED] = record[ATTEMPTS] + 1, record[CHARGED] + 1
record[TOKEN], record[HELD] = token, now + LEASE_MS
if scope and record[STATUS] == 'pending' then
  move(job, scope, record, 'running')
end
save(thing, field, record)
redis.call('ZADD', job.due, record[HELD], member)
if scope and redis.call('HSETNX', job.key, 'startedAt', now) == 1 then
  tally(job, 'jobs_started')
  if not is_paused(job) then
    redis.call('HSET', job.key, 'status', 'running')
  end
end
return leased()
