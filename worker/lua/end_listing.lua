-- Ends the listing of a Thing's shadows: complete, or given up with an error.
-- KEYS: job, thing, due.  ARGV: member, token, error ('' = complete), error of a Thing without shadows, retention ms, channel
-- Returns 1, or 0 where the token is no longer the holder's.
local thing = load(KEYS[2], THING)
if not thing or thing[LISTED] == 1 or thing[TOKEN] ~= ARGV[2] then
  return 0
end
thing[LISTED], thing[TOKEN], thing[ERROR] = 1, '', ARGV[3]
if thing[ERROR] == '' and redis.call('HLEN', KEYS[2]) == 1 then
  thing[ERROR] = ARGV[4]
  redis.call('HSET', KEYS[1], 'empty', 1)
end
redis.call('ZREM', KEYS[3], ARGV[1])
settle(KEYS[1], KEYS[2], thing, now_ms(), tonumber(ARGV[5]), ARGV[6])
return 1
