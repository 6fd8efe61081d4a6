-- Writes a job and what is due of it, unless the idempotency key is known. Its Things are the one that is named, those that were staged,
-- or those that a worker is to find.
-- KEYS: job, idempotency, all jobs
-- ARGV: id, fingerprint ('' = no idempotency key), keep ms, not after (ms), Thing ('' = several), what to find (JSON, '' = staged),
--   fields of the job (JSON), ids of a parent ('' = none)
-- Returns {'created', id}, {'replayed', id of the first job}, {'conflict', ''}, {'late', ''} or {'full', ''}.
local id, fingerprint, thing, find, parent = ARGV[1], ARGV[2], ARGV[5], ARGV[6], ARGV[8]
local now, keep_until = now_ms(), 0
-- A client that lost the answer to its first try sends the script again.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 'created', id }
end
-- A server that was frozen would do now what the caller has long been told was not done.
if now > tonumber(ARGV[4]) then
  return { 'late', '' }
end
if fingerprint ~= '' then
  local known = redis.call('HMGET', KEYS[2], 'job', 'fingerprint')
  if known[1] then
    redis.call('UNLINK', KEYS[1] .. ':waiting')
    return known[2] == fingerprint and { 'replayed', known[1] } or { 'conflict', '' }
  end
end
if thing ~= '' and redis.call('ZCARD', PREFIX .. 'due:interactive') >= BACKLOG then
  return { 'full', '' }
end
if parent ~= '' then
  local parent_key = PREFIX .. 'job:' .. parent
  local child = redis.call('HGET', parent_key, 'retriedBy')
  -- One that was stopped, or could not be resolved, has not tried everything.
  local known = child and redis.call('HMGET', PREFIX .. 'job:' .. child, 'id', 'stopped', 'error')
  if known and known[1] and not known[2] and not known[3] then
    return { 'replayed', child }
  end
  redis.call('HSET', parent_key, 'retriedBy', id)
end
if fingerprint ~= '' then
  redis.call('HSET', KEYS[2], 'job', id, 'fingerprint', fingerprint)
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
  keep_until = now + tonumber(ARGV[3])
end
for name, value in pairs(cjson.decode(ARGV[7])) do
  redis.call('HSET', KEYS[1], name, value)
end
redis.call('HSET', KEYS[1], 'id', id, 'status', 'queued', 'createdAt', now, 'keepUntil', keep_until, 'shadows.total', 0)
local job = find_job(id)
tally(job, 'jobs_accepted')
if thing ~= '' then
  redis.call('HSET', KEYS[1], 'thing', thing, 'things.total', 1, 'things.pending', 1)
  feed(job, thing, now)
elseif find ~= '' then
  redis.call('HSET', KEYS[1], 'status', 'resolving', 'resolving', 1, 'things.total', 0, 'things.pending', 0)
  redis.call('HSET', job.selection, THING, cjson.encode({ 'pending', 0, 0, 0, 0, '', '', 0, 0, 0, 0 }), 'find', find, 'next', '')
  redis.call('ZADD', job.due, now + GRACE_MS, id)
else
  local total = redis.call('SCARD', job.waiting)
  redis.call('PERSIST', job.waiting)
  redis.call('HSET', KEYS[1], 'things.total', total, 'things.pending', total)
  begin(job, now)
end
redis.call('ZADD', KEYS[3], now, id)
-- Those that have expired; none is paused, or waits for its confirmation, for longer than two months.
local listed_ms = math.max(RETENTION_MS, tonumber(ARGV[3])) + 5184000000
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now - listed_ms)
redis.call('PEXPIRE', KEYS[3], listed_ms)
return { 'created', id }
