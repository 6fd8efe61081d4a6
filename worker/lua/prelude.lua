-- Put in front of every script of the job store: the records and the moves that they share.
-- A record is a JSON array in the Thing's hash: of the Thing itself under '.', of a shadow under its name.
local STATUS, ATTEMPTS, CHARGED, FIRST, HELD, TOKEN, ERROR = 1, 2, 3, 4, 5, 6, 7
local VERSION, LAMBDA_STATUS, REQUEST_ID = 8, 9, 10 -- of a shadow
-- Of a shadow whose rows are asked for: the version of its row before the job; landed (1, 0), in which version, after how many ms; when
-- it was delivered. '' is not known, or not asked.
local ROW, LANDED, LANDED_VERSION, LANDING_MS, DELIVERED_AT = 11, 12, 13, 14, 15
-- Of a Thing: listing done (0 or 1), shadows not ended, shadows failed or not landed, shadows that have still to land.
local LISTED, OPEN, BAD, AWAITED = 8, 9, 10, 11
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

-- The packed records of a Thing's shadows, by name.
local function shadows(thing_key)
  local all, flat = {}, redis.call('HGETALL', thing_key)
  for i = 1, #flat, 2 do
    if flat[i] ~= THING then
      all[flat[i]] = flat[i + 1]
    end
  end
  return all
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

local function is_cancelled(job_key)
  return redis.call('HEXISTS', job_key, 'cancelled') == 1
end

local function end_job(job_key, thing_key, now, retention_ms, channel)
  local unlanded = count(job_key, 'shadows.unlanded')
  local good = count(job_key, 'shadows.delivered') + count(job_key, 'shadows.skipped') - unlanded
  local bad = count(job_key, 'shadows.failed') + count(job_key, 'things.failed') + unlanded
  local status = is_cancelled(job_key) and 'cancelled' or bad == 0 and 'succeeded' or good > 0 and 'partial' or 'failed'
  redis.call('HSET', job_key, 'status', status, 'finishedAt', now)
  local keep = math.max(retention_ms, tonumber(redis.call('HGET', job_key, 'keepUntil') or '0') - now)
  redis.call('PEXPIRE', job_key, keep)
  redis.call('PEXPIRE', thing_key, keep)
  redis.call('PUBLISH', channel, redis.call('HGET', job_key, 'id'))
end

-- Whether the Thing's shadows have all ended, and some of them have still to land.
local function is_landing(thing)
  return thing[LISTED] == 1 and thing[OPEN] == 0 and thing[AWAITED] > 0
end

-- Ends the Thing once it is listed, none of its shadows is open and all have landed that are to, and the job once none of its Things is
-- open. Saves the Thing's record. Where shadows have still to land, the Thing is due again, now.
local function settle(job_key, thing_key, due_key, member, thing, now, retention_ms, channel)
  if thing[LISTED] == 1 and thing[OPEN] == 0 and not TERMINAL[thing[STATUS]] then
    if thing[AWAITED] > 0 then
      redis.call('ZADD', due_key, now, member)
    else
      local bad = thing[ERROR] ~= '' or thing[BAD] > 0
      move(job_key, 'things', thing, is_cancelled(job_key) and 'cancelled' or bad and 'failed' or 'succeeded')
      redis.call('ZREM', due_key, member)
    end
  end
  save(thing_key, THING, thing)
  if TERMINAL[thing[STATUS]] and count(job_key, 'things.pending') + count(job_key, 'things.running') == 0 then
    end_job(job_key, thing_key, now, retention_ms, channel)
  end
end

-- Ends one shadow of a cancelled job, of which no attempt is under way.
local function cancel_shadow(job_key, thing_key, due_key, member, thing, field, shadow)
  shadow[TOKEN], shadow[HELD] = '', 0
  move(job_key, 'shadows', shadow, 'cancelled')
  save(thing_key, field, shadow)
  redis.call('ZREM', due_key, member)
  thing[OPEN] = thing[OPEN] - 1
end
