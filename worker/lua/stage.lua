-- Puts names aside for a job that is not written yet. Should it never be, they expire.
-- KEYS: job.  ARGV: id, kept ms, name, ...
-- Returns how many of them were new.
local waiting = KEYS[1] .. ':waiting'
local added = redis.call('SADD', waiting, unpack(ARGV, 3))
redis.call('PEXPIRE', waiting, ARGV[2])
return added
