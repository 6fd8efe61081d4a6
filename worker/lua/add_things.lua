-- Adds a page of what was found, and renews the lease of whoever looks.
-- KEYS: job.  ARGV: id, token, where the next page begins, entry (a name, and maybe the only shadows wanted: /shadow/shadow), ...
-- Returns 1; or 0 where the token is no longer the holder's, or the job is paused: the work is given back then.
local job, now = find_job(ARGV[1]), now_ms()
local finding = job and thing_of(job, '')
local record = finding and load(finding, THING)
if not record or record[TOKEN] ~= ARGV[2] then
  return 0
end
local added = #ARGV > 3 and redis.call('SADD', job.waiting, unpack(ARGV, 4)) or 0
redis.call('HINCRBY', job.key, 'things.total', added)
redis.call('HINCRBY', job.key, 'things.pending', added)
redis.call('HSET', job.selection, 'next', ARGV[3])
-- A page is a success: what went wrong before it no longer counts. But a listing that has to start again may not do so for ever.
if #ARGV == 3 and ARGV[3] == '' then
  redis.call('HSET', job.selection, 'restarted', 1)
end
if redis.call('HEXISTS', job.selection, 'restarted') == 0 then
  record[CHARGED], record[FIRST] = 1, now
end
record[HELD] = now + LEASE_MS
local paused = is_paused(job)
if paused then
  record[TOKEN], record[HELD], record[FIRST] = '', 0, 0
end
save(finding, THING, record)
redis.call('ZADD', job.due, record[HELD], job.id)
return paused and 0 or 1
