-- A worker tells that it lives, when it last got on, and what it has counted since it last told.
-- ARGV: its name, its lanes (commas between), ms since it last got on, 'first', 'last' or '', counter, how many, ...
local now, workers = now_ms(), PREFIX .. 'workers'
if ARGV[4] == 'first' then
  -- Containers have a new name each time: those of a day ago will not come back.
  local flat = redis.call('HGETALL', workers)
  for i = 1, #flat, 2 do
    if cjson.decode(flat[i + 1])[2] < now - 86400000 then
      redis.call('HDEL', workers, flat[i])
    end
  end
end
if ARGV[4] == 'last' then
  redis.call('HDEL', workers, ARGV[1])
else
  redis.call('HSET', workers, ARGV[1], cjson.encode({ ARGV[2], now, now - tonumber(ARGV[3]) }))
end
for i = 5, #ARGV, 2 do
  redis.call('HINCRBY', PREFIX .. 'counters', ARGV[i], ARGV[i + 1])
end
