-- Reserves places in the stream of calls that a quota allows, evenly spaced (GCRA). Who is urgent goes first: at the cap, too, but past
-- those that wait already, and the places of those that come later move back.
-- KEYS: pace.  ARGV: calls per second at most, how many, burst ms (as much may come at once after a pause), longest wait ms, urgent (0, 1)
-- Returns {ms until the first place (0: now), ms between places, how many: none that is further off than the longest wait, so maybe 0}.
-- The times are strings: Lua's numbers would lose their fractions on the way.
local cap, wanted, burst, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local kept = redis.call('HMGET', KEYS[1], 'next', 'rate', 'at', 'urgent')
local rate = math.min(tonumber(kept[2] or cap), cap)
-- What throttling has cut comes back, a tenth of the cap each second.
rate = math.min(cap, rate + cap * 0.1 * math.max(now - tonumber(kept[3] or now), 0) / 1000)
local urgent = ARGV[5] == '1'
local interval, following = 1000 / rate, math.max(tonumber(kept[1] or 0), now - burst)
local first = urgent and math.max(tonumber(kept[4] or 0), now - burst) or following
local state = { 'rate', string.format('%.6f', rate), 'at', string.format('%.3f', now) }
local granted = 0
if first - now <= longest then
  -- What throttling has cut has wide intervals.
  granted = math.min(wanted, 1 + math.floor((longest - math.max(first - now, 0)) / interval))
  state[#state + 1], state[#state + 2] = 'next', string.format('%.3f', following + granted * interval)
  if urgent then
    state[#state + 1], state[#state + 2] = 'urgent', string.format('%.3f', first + granted * interval)
  end
end
redis.call('HSET', KEYS[1], unpack(state))
redis.call('PEXPIRE', KEYS[1], 60000 + math.ceil(math.max(following + granted * interval - now, 0)))
local wait = granted > 0 and math.max(first - now, 0) or first - now
return { string.format('%.3f', wait), string.format('%.3f', interval), string.format('%d', granted) }
