-- One snapshot of a job: its fields, its errors by class, and of a job of one Thing the Thing's records, or, packed, what came of them.
-- KEYS: job.  ARGV: id
local job = find_job(ARGV[1])
if not job then
  return { {}, {}, {}, '', 0 }
end
local fields, errors, now = redis.call('HGETALL', job.key), redis.call('HGETALL', job.errors), now_ms()
local name = redis.call('HGET', job.key, 'thing')
if not name then
  return { fields, errors, {}, '', now }
end
return { fields, errors, redis.call('HGETALL', thing_of(job, name).key), redis.call('LINDEX', job.results, 0) or '', now }
