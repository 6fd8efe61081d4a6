-- Ends the listing of a Thing's shadows: complete, or given up with an error.
-- KEYS: job, thing, due.  ARGV: member, token, error ('' = complete), error of a Thing without shadows, rows without a shadow (JSON: name to
--   version; '' = none), retention ms, channel
-- Returns 1, 2 where shadows have now to land, or 0 where the token is no longer the holder's.
local thing = load(KEYS[2], THING)
if not thing or thing[LISTED] == 1 or thing[TOKEN] ~= ARGV[2] then
  return 0
end
thing[LISTED], thing[TOKEN], thing[ERROR] = 1, '', ARGV[3]
-- What may follow, the landing, is a work of its own.
thing[ATTEMPTS], thing[CHARGED], thing[FIRST], thing[HELD] = 0, 0, 0, 0
if ARGV[5] ~= '' then
  for name, version in pairs(cjson.decode(ARGV[5])) do
    if redis.call('HSETNX', KEYS[2], name, cjson.encode({ 'skipped', 0, 0, 0, 0, '', '', '', '', '', version })) == 1 then
      redis.call('HINCRBY', KEYS[1], 'shadows.total', 1)
      redis.call('HINCRBY', KEYS[1], 'shadows.skipped', 1)
    end
  end
end
if thing[ERROR] == '' and redis.call('HLEN', KEYS[2]) == 1 then
  thing[ERROR] = ARGV[4]
  redis.call('HSET', KEYS[1], 'empty', 1)
end
redis.call('ZREM', KEYS[3], ARGV[1])
settle(KEYS[1], KEYS[2], KEYS[3], ARGV[1], thing, now_ms(), tonumber(ARGV[6]), ARGV[7])
return is_landing(thing) and 2 or 1
