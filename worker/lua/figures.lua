-- One snapshot of what the metrics tell, at a cost that does not grow with the work.
-- ARGV: lane, ...
-- Returns {now ms, counters (flat), workers (flat), for each lane {works due, overdue, the earliest time at which one is due ('' = none),
-- messages in the queue, when the oldest was sent in seconds ('' = none, or it does not say), jobs that are fed}}.
local now = now_ms()
local figures = { now, redis.call('HGETALL', PREFIX .. 'counters'), redis.call('HGETALL', PREFIX .. 'workers') }
for _, lane in ipairs(ARGV) do
  local due, queue = PREFIX .. 'due:' .. lane, PREFIX .. lane
  local first = redis.call('ZRANGEBYSCORE', due, '-inf', '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  -- The properties stand at the end, and somebody else's message can be of any size.
  local oldest = string.sub(redis.call('LINDEX', queue, -1) or '', -2000)
  figures[#figures + 1] = {
    redis.call('ZCARD', due), redis.call('ZCOUNT', due, '-inf', now), first[2] or '',
    redis.call('LLEN', queue), string.match(oldest, '"timestamp": ?(%d+%.?%d*)') or '', redis.call('LLEN', PREFIX .. 'feeding:' .. lane),
  }
end
return figures
