-- Puts names aside for a job that is not written yet. Should it never be, they expire.
-- KEYS: job.  ARGV: id, kept ms, name, ...
-- Returns how many there are by now: of a page that is sent twice it is the same.
local waiting = KEYS[1] .. ':waiting'
redis.call('SADD', waiting, unpack(ARGV, 3))
redis.call('PEXPIRE', waiting, ARGV[2])
return redis.call('SCARD', waiting)
