-- Cancels a job of one Thing: what is pending ends, what a worker holds ends with its attempt, and nothing further is begun.
-- KEYS: job, thing, due.  ARGV: member of the Thing, retention ms, channel
-- Returns 'cancelled', 'ended' where the job had ended otherwise, or 'unknown'.
local status, thing = redis.call('HGET', KEYS[1], 'status'), load(KEYS[2], THING)
if not status or not thing then
  return 'unknown'
end
if redis.call('HEXISTS', KEYS[1], 'finishedAt') == 1 then
  return status == 'cancelled' and 'cancelled' or 'ended'
end
redis.call('HSET', KEYS[1], 'cancelled', 1)
for name, packed in pairs(shadows(KEYS[2])) do
  local shadow = cjson.decode(packed)
  if shadow[STATUS] == 'pending' then
    cancel_shadow(KEYS[1], KEYS[2], KEYS[3], ARGV[1] .. '/' .. name, thing, name, shadow)
  end
end
-- Whoever lists the Thing now finds that it is no longer his.
thing[LISTED], thing[AWAITED], thing[TOKEN], thing[HELD] = 1, 0, '', 0
settle(KEYS[1], KEYS[2], KEYS[3], ARGV[1], thing, now_ms(), tonumber(ARGV[2]), ARGV[3])
return 'cancelled'
