-- Ends the listing of a Thing's shadows: complete, or given up with an error.
-- KEYS: job.  ARGV: id, Thing, token, error ('' = complete), error of a Thing without shadows ('' = it may have none), rows without a
--   shadow (JSON: name to version; '' = none)
-- Returns 1, 2 where shadows have now to land, 3 where the Thing has ended, or 0 where the token is no longer the holder's.
local job = find_job(ARGV[1])
local thing = job and thing_of(job, ARGV[2])
local record, now = thing and load(thing, THING), now_ms()
if not record or record[LISTED] == 1 or record[TOKEN] ~= ARGV[3] then
  return 0
end
record[LISTED], record[TOKEN], record[ERROR] = 1, '', ARGV[4]
-- What may follow, the landing, is a work of its own.
record[ATTEMPTS], record[CHARGED], record[FIRST], record[HELD] = 0, 0, 0, 0
if ARGV[6] ~= '' then
  for name, version in pairs(cjson.decode(ARGV[6])) do
    if redis.call('HSETNX', thing.key, name, cjson.encode({ 'skipped', 0, 0, 0, 0, '', '', '', '', '', version })) == 1 then
      redis.call('HINCRBY', job.key, 'shadows.total', 1)
      redis.call('HINCRBY', job.key, 'shadows.skipped', 1)
      tally(job, 'shadows', 'skipped')
    end
  end
end
local is_empty = ARGV[5] ~= '' and redis.call('HLEN', thing.key) == 1
if record[ERROR] == '' and is_empty and redis.call('HEXISTS', job.key, 'mayBeEmpty') == 0 then
  record[ERROR] = ARGV[5]
  redis.call('HSET', job.key, 'empty', 1)
end
redis.call('HINCRBY', job.key, 'things.unlisted', -1)
redis.call('HINCRBY', job.key, 'things.listed', 1)
redis.call('ZREM', job.due, thing.member)
settle(job, thing, record, now)
abort_if_too_much_failed(job, now)
return is_landing(record) and 2 or TERMINAL[record[STATUS]] and 3 or 1
