-- Confirms a job that waits for it.  KEYS: job.  ARGV: id
-- Returns 'done', the status that forbids it, or 'unknown'.
local job = find_job(ARGV[1])
if not job then
  return 'unknown'
end
local known = redis.call('HMGET', job.key, 'status', 'confirmedAt', 'stopped')
if known[3] or (known[1] ~= 'awaiting_confirmation' and not known[2]) then
  return known[3] or known[1]
end
if not known[2] then
  local now = now_ms()
  redis.call('HSET', job.key, 'confirmedAt', now)
  redis.call('HDEL', job.key, 'confirmAbove')
  begin(job, now)
end
return 'done'
