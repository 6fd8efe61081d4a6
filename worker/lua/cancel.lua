-- Cancels a job.  KEYS: job.  ARGV: id
-- Returns 'done', the status where the job had ended otherwise, or 'unknown'.
local job = find_job(ARGV[1])
if not job then
  return 'unknown'
end
local known = redis.call('HMGET', job.key, 'status', 'finishedAt', 'stopped')
if known[2] or known[3] then
  return (known[3] == 'cancelled' and 'done') or known[3] or known[1]
end
stop(job, 'cancelled', now_ms())
return 'done'
