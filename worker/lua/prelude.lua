-- Put in front of every script of the job store: the records and the moves that they share.
-- A record is a JSON array in the Thing's hash: of the Thing itself under '.', of a shadow under its name.
local STATUS, ATTEMPTS, CHARGED, FIRST, HELD, TOKEN, ERROR = 1, 2, 3, 4, 5, 6, 7
local VERSION, LAMBDA_STATUS, REQUEST_ID = 8, 9, 10 -- of a shadow
local LISTED, OPEN, BAD = 8, 9, 10 -- of a Thing: listing done (0 or 1), shadows not ended, shadows failed
local THING = '.'
local TERMINAL = { delivered = true, skipped = true, failed = true, cancelled = true, succeeded = true }

-- The server's clock, in milliseconds: the workers' clocks need not agree.
local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function load(thing_key, field)
  local packed = redis.call('HGET', thing_key, field)
  return packed and cjson.decode(packed) or nil
end

local function save(thing_key, field, record)
  redis.call('HSET', thing_key, field, cjson.encode(record))
end

-- Sets a record's status and keeps the job's counters exact. The counters are named `things.<status>` and `shadows.<status>`.
local function move(job_key, scope, record, status)
  redis.call('HINCRBY', job_key, scope .. '.' .. record[STATUS], -1)
  redis.call('HINCRBY', job_key, scope .. '.' .. status, 1)
  record[STATUS] = status
end

local function count(job_key, counter)
  return tonumber(redis.call('HGET', job_key, counter) or '0')
end

local function end_job(job_key, thing_key, now, retention_ms, channel)
  local good = count(job_key, 'shadows.delivered') + count(job_key, 'shadows.skipped')
  local bad = count(job_key, 'shadows.failed') + count(job_key, 'things.failed')
  local status = bad == 0 and 'succeeded' or good > 0 and 'partial' or 'failed'
  redis.call('HSET', job_key, 'status', status, 'finishedAt', now)
  local keep = math.max(retention_ms, tonumber(redis.call('HGET', job_key, 'keepUntil') or '0') - now)
  redis.call('PEXPIRE', job_key, keep)
  redis.call('PEXPIRE', thing_key, keep)
  redis.call('PUBLISH', channel, redis.call('HGET', job_key, 'id'))
end

-- Ends the Thing once it is listed and none of its shadows is open, and the job once none of its Things is. Saves the Thing's record.
local function settle(job_key, thing_key, thing, now, retention_ms, channel)
  if thing[LISTED] == 1 and thing[OPEN] == 0 and not TERMINAL[thing[STATUS]] then
    move(job_key, 'things', thing, (thing[ERROR] ~= '' or thing[BAD] > 0) and 'failed' or 'succeeded')
  end
  save(thing_key, THING, thing)
  if TERMINAL[thing[STATUS]] and count(job_key, 'things.pending') + count(job_key, 'things.running') == 0 then
    end_job(job_key, thing_key, now, retention_ms, channel)
  end
end
