-- Writes a job of one Thing and what is due of it, unless the idempotency key is known.
-- KEYS: job, thing, due, idempotency, all jobs
-- ARGV: id, thing, member, email, key label, fingerprint ('' = no idempotency key), grace ms, keep ms, not after (ms),
--   options, retention ms
-- Returns {'created', id}, {'replayed', id of the first job}, {'conflict', ''} or {'late', ''}.
local id, thing, member, email, label, fingerprint = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local now, keep_until = now_ms(), 0
-- A client that lost the answer to its first try sends the script again.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return { 'created', id }
end
-- A server that was frozen would do now what the caller has long been told was not done.
if now > tonumber(ARGV[9]) then
  return { 'late', '' }
end
if fingerprint ~= '' then
  local known = redis.call('HMGET', KEYS[4], 'job', 'fingerprint')
  if known[1] then
    return known[2] == fingerprint and { 'replayed', known[1] } or { 'conflict', '' }
  end
  redis.call('HSET', KEYS[4], 'job', id, 'fingerprint', fingerprint)
  redis.call('PEXPIRE', KEYS[4], ARGV[8])
  keep_until = now + tonumber(ARGV[8])
end
redis.call('HSET', KEYS[1], 'id', id, 'status', 'queued', 'thing', thing, 'email', email, 'label', label,
  'options', ARGV[10], 'createdAt', now, 'keepUntil', keep_until, 'things.total', 1, 'things.pending', 1, 'shadows.total', 0)
save(KEYS[2], THING, { 'pending', 0, 0, 0, 0, '', '', 0, 0, 0, 0 })
redis.call('ZADD', KEYS[3], now + tonumber(ARGV[7]), member)
redis.call('ZADD', KEYS[5], now, id)
-- Those that have expired; none takes two days to end.
local listed_ms = math.max(tonumber(ARGV[11]), tonumber(ARGV[8])) + 172800000
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now - listed_ms)
redis.call('PEXPIRE', KEYS[5], listed_ms)
return { 'created', id }
