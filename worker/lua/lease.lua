-- Takes a piece of work for one worker, if nobody holds it.
-- KEYS: job, thing, due.  ARGV: member, field, token, lease ms, member of the Thing, retention ms, channel
-- Returns {'leased', attempts, charged attempts, ms since the first attempt, the job's options, is landing (0 or 1), version of the row},
-- {'held'} or {'over'} (ended, or its job is gone).
local member, field, token, lease_ms = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local scope = field == THING and 'things' or 'shadows'
local now, record = now_ms(), load(KEYS[2], field)

local function leased()
  local options = redis.call('HGET', KEYS[1], 'options') or ''
  local landing = field == THING and is_landing(record) and 1 or 0
  local row = field ~= THING and record[ROW] or ''
  return { 'leased', record[ATTEMPTS], record[CHARGED], now - record[FIRST], options, landing, row }
end

if not record or TERMINAL[record[STATUS]] or (field == THING and record[LISTED] == 1 and not is_landing(record)) then
  redis.call('ZREM', KEYS[3], member)
  return { 'over' }
end
-- A worker that lost the answer to its first try asks again, with the same token.
if record[TOKEN] == token then
  return leased()
end
if now < record[HELD] then
  return { 'held' }
end
-- A worker died with it, and the job was cancelled meanwhile.
if is_cancelled(KEYS[1]) then
  local thing = load(KEYS[2], THING)
  cancel_shadow(KEYS[1], KEYS[2], KEYS[3], member, thing, field, record)
  settle(KEYS[1], KEYS[2], KEYS[3], ARGV[5], thing, now, tonumber(ARGV[6]), ARGV[7])
  return { 'over' }
end
if record[FIRST] == 0 then
  record[FIRST] = now
end
record[ATTEMPTS], record[CHARGED] = record[ATTEMPTS] + 1, record[CHARGED] + 1
record[TOKEN], record[HELD] = token, now + lease_ms
if record[STATUS] == 'pending' then
  move(KEYS[1], scope, record, 'running')
end
save(KEYS[2], field, record)
redis.call('ZADD', KEYS[3], record[HELD], member)
if redis.call('HSETNX', KEYS[1], 'startedAt', now) == 1 then
  redis.call('HSET', KEYS[1], 'status', 'running')
end
return leased()
