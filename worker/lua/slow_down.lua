-- Cuts a pace after AWS has throttled: at most once a second, or one burst of refusals would count many times.
-- KEYS: pace.  ARGV: calls per second at most
local cap = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local kept = redis.call('HMGET', KEYS[1], 'rate', 'cut')
if now - tonumber(kept[2] or 0) < 1000 then
  return 0
end
local rate = math.max(math.min(tonumber(kept[1] or cap), cap) * 0.7, cap * 0.05)
redis.call('HSET', KEYS[1], 'rate', string.format('%.6f', rate), 'at', string.format('%.3f', now), 'cut', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], 60000)
return 1
