-- Pauses a job: nothing further is begun, and what is due is put aside when a worker meets it.  KEYS: job.  ARGV: id
-- Returns 'done', the status that forbids it, or 'unknown'.
local job, now = find_job(ARGV[1]), now_ms()
if not job then
  return 'unknown'
end
local known = redis.call('HMGET', job.key, 'status', 'finishedAt', 'stopped')
if known[2] or known[3] or known[1] == 'awaiting_confirmation' then
  return known[3] or known[1]
end
if redis.call('HSETNX', job.key, 'paused', 1) == 1 then
  redis.call('HSET', job.key, 'status', 'paused', 'pausedAt', now)
  redis.call('LREM', job.feeding, 0, job.id)
end
return 'done'
