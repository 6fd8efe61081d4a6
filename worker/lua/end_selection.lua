-- It is known which Things the job has; or, with an error, nobody will know.
-- KEYS: job.  ARGV: id, token, error ('' = none)
-- Returns 1, or 0 where the token is no longer the holder's.
local job, now = find_job(ARGV[1]), now_ms()
local finding = job and thing_of(job, '')
local record = finding and load(finding, THING)
if not record or record[TOKEN] ~= ARGV[2] then
  return 0
end
if ARGV[3] == '' then
  begin(job, now)
  if is_paused(job) then
    redis.call('LREM', job.feeding, 0, job.id)
    if redis.call('HGET', job.key, 'status') == 'queued' then
      redis.call('HSET', job.key, 'status', 'paused')
    end
  end
  return 1
end
local unfed = redis.call('SCARD', job.waiting)
redis.call('HINCRBY', job.key, 'things.pending', -unfed)
redis.call('HINCRBY', job.key, 'things.cancelled', unfed)
redis.call('HSET', job.key, 'error', ARGV[3])
note_error(job, '', '', ARGV[3])
redis.call('HDEL', job.key, 'resolving')
end_job(job, now)
return 1
