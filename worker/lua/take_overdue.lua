-- Takes what is overdue, so that its wake-up is published again, and sets when to look at it next.
-- A queue that is not empty gives its workers enough to do: only the room under the limit is filled, or a long queue would be doubled.
-- KEYS: due, queue.  ARGV: limit, grace ms
-- Returns members of the due set, longest overdue first.
local now = now_ms()
local room = tonumber(ARGV[1]) - redis.call('LLEN', KEYS[2])
if room <= 0 then
  return {}
end
local members = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, room)
for _, member in ipairs(members) do
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), member)
end
return members
