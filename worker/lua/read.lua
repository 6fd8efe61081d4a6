-- One snapshot of a job and of its Thing. KEYS: job.  ARGV: the prefix of the Thing's key
local job = redis.call('HGETALL', KEYS[1])
if #job == 0 then
  return { {}, {} }
end
return { job, redis.call('HGETALL', ARGV[1] .. redis.call('HGET', KEYS[1], 'thing')) }
