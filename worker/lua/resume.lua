-- Resumes a paused job: what was put aside is due at once.  KEYS: job.  ARGV: id
-- Returns 'done', the status that forbids it, or 'unknown'. Of a job that is not paused and has not ended there is nothing to do.
local job, now = find_job(ARGV[1]), now_ms()
if not job then
  return 'unknown'
end
local known = redis.call('HMGET', job.key, 'status', 'finishedAt', 'stopped', 'paused', 'pausedAt', 'resolving', 'startedAt')
if known[2] or known[3] or known[1] == 'awaiting_confirmation' then
  return known[3] or known[1]
end
if known[4] then
  redis.call('HDEL', job.key, 'paused', 'pausedAt')
  redis.call('HINCRBY', job.key, 'pausedMs', now - tonumber(known[5]))
  redis.call('HSET', job.key, 'status', (known[6] and 'resolving') or (known[7] and 'running') or 'queued')
  for _, member in ipairs(redis.call('SMEMBERS', job.parked)) do
    redis.call('ZADD', job.due, now, member)
  end
  redis.call('UNLINK', job.parked)
  if not known[6] then
    enter_feeding(job)
  end
end
return 'done'
