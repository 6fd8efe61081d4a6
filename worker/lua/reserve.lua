-- Reserves places in the stream of calls that a quota allows, evenly spaced (GCRA).
-- KEYS: pace.  ARGV: calls per second at most, how many, burst ms (as much may come at once after a pause), longest wait ms
-- Returns {ms until the first place (0: now), ms between places, how many: none that is further off than the longest wait, so maybe 0}.
-- The times are strings: Lua's numbers would lose their fractions on the way.
local cap, wanted, burst, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local kept = redis.call('HMGET', KEYS[1], 'next', 'rate', 'at')
local rate = math.min(tonumber(kept[2] or cap), cap)
-- What throttling has cut comes back, a tenth of the cap each second.
rate = math.min(cap, rate + cap * 0.1 * math.max(now - tonumber(kept[3] or now), 0) / 1000)
local interval, first = 1000 / rate, math.max(tonumber(kept[1] or 0), now - burst)
if first - now > longest then
  redis.call('HSET', KEYS[1], 'rate', string.format('%.6f', rate), 'at', string.format('%.3f', now))
  return { string.format('%.3f', first - now), string.format('%.3f', interval), '0' }
end
-- What throttling has cut has wide intervals.
local wait = math.max(first - now, 0)
wanted = math.min(wanted, 1 + math.floor((longest - wait) / interval))
redis.call('HSET', KEYS[1], 'next', string.format('%.3f', first + wanted * interval), 'rate', string.format('%.6f', rate),
  'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], 60000)
return { string.format('%.3f', wait), string.format('%.3f', interval), string.format('%d', wanted) }
